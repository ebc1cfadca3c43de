import jsonpatch, { type Operation } from 'fast-json-patch';
import type { Path } from './json-value.ts';

/** A JSON Patch operation. Only `add` is ever made: nothing that the user wrote is rewritten, moved or dropped. */
export interface AddOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** The JSON Pointer that the keys make: `/spec/volumes/-`. */
export function pathTo(keys: Path): string {
  let path = '';
  for (const key of keys) path += typeof key === 'number' ? `/${key}` : `/${escapeKey(key)}`;
  return path;
}

/** What is added in one place: elements of a list that follow each other, or one member of an object. */
export interface Addition {
  /** The path of the list, or of the member. */
  readonly path: string;
  /** The index of the first element, or the end of the list; `member` where the path is the member's own. */
  readonly at: number | 'end' | 'member';
  /** One for a member. Additions may share a list of values. */
  readonly values: readonly unknown[];
}

/** The operations that the additions stand for, one for each value. */
export function operationsOf(additions: readonly Addition[]): readonly AddOperation[] {
  return additions.flatMap((addition) =>
    addition.values.map((value, index): AddOperation => ({ op: 'add', path: pathOf(addition, index), value })),
  );
}

/**
 * The patch as JSON, which says what its operations say. A value that is added in several places, as a
 * variable that every container gets, is made into text once; a constant was made so at start.
 */
export function formatPatch(additions: readonly Addition[]): string {
  const texts = new Map<unknown, string>();
  const textOf = (value: unknown): string => {
    const known = texts.get(value) ?? constantTexts.get(value as object);
    if (known !== undefined) return known;
    const text = Array.isArray(value) ? `[${value.map(textOf).join(',')}]` : JSON.stringify(value);
    texts.set(value, text);
    return text;
  };
  let patch = '';
  for (const addition of additions) {
    const { path, values } = addition;
    const isPlain = plainPath.test(path);
    for (let index = 0; index < values.length; index++) {
      const full = pathOf(addition, index);
      const quoted = isPlain ? `"${full}"` : JSON.stringify(full);
      patch += `${patch === '' ? '[' : ','}{"op":"add","path":${quoted},"value":${textOf(values[index])}}`;
    }
  }
  return patch === '' ? '[]' : `${patch}]`;
}

function pathOf({ path, at }: Addition, index: number): string {
  if (at === 'member') return path;
  return at === 'end' ? `${path}/-` : `${path}/${at + index}`;
}

const plainPath = /^[-\w./~]*$/; // nothing that JSON would escape
const constantTexts = new WeakMap<object, string>();

/** The same value, frozen, so that patches can have its JSON without making it each time. For what is made at start. */
export function constant<T extends object>(value: T): T {
  constantTexts.set(value, JSON.stringify(value));
  return Object.freeze(value);
}

/** The keys of a path, as text: `/spec/volumes/-` is `spec`, `volumes` and `-`. */
export function keysOf(path: string): string[] {
  return path.split('/').slice(1).map(unescapeKey);
}

/**
 * The document with the operations applied. The given document stays as it is; what the operations do not touch is
 * shared with it. Throws where an operation does not apply, as the API server would.
 */
export function applyPatch<T extends object>(document: T, operations: readonly AddOperation[]): T {
  const patched = shallowCopy(document);
  const copied = new Set<object>([patched]);
  let parentPath: string | undefined;
  for (const [index, operation] of operations.entries()) {
    const parentOfThis = operation.path.slice(0, operation.path.lastIndexOf('/'));
    if (parentOfThis !== parentPath) copyAlong(patched, parentOfThis, copied); // one list's operations follow each other
    parentPath = parentOfThis;
    jsonpatch.applyOperation(patched, operation, refuseUndefined, true, true, index);
  }
  return patched;
}

/**
 * Validation is on with this in place of the library's own validator, which checks in addition what the type of an
 * operation rules out already, at a third of the cost of all this: paths, indexes and bounds are checked in any case.
 */
function refuseUndefined(operation: Operation): void {
  if (!('value' in operation) || operation.value === undefined) throw new TypeError('an operation has no value');
}

/** Copies the objects and lists that a path leads through; a full clone would cost more than parsing the pod. */
function copyAlong(root: object, path: string, copied: Set<object>): void {
  let parent = root as Record<string, unknown>;
  for (const key of keysOf(path)) {
    const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
    if (typeof child !== 'object' || child === null) return;
    if (!copied.has(child)) {
      const copy = shallowCopy(child);
      copied.add(copy);
      parent[key] = copy;
    }
    parent = parent[key] as Record<string, unknown>;
  }
}

function shallowCopy<T extends object>(value: T): T {
  return Array.isArray(value) ? (value.slice() as unknown as T) : { ...value };
}

function escapeKey(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

function unescapeKey(key: string): string {
  return key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key;
}
