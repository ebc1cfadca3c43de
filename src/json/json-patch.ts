import jsonpatch, { type Operation } from 'fast-json-patch';
import type { Path } from './json-value.ts';

/** A JSON Patch operation. Patches only add, so nothing that the user wrote is rewritten, moved, or removed. */
export interface AddOperation {
  readonly op: 'add';
  /** A JSON Pointer. */
  readonly path: string;
  readonly value: unknown;
}

/** What a patch adds at one place: consecutive elements of a list, or one member of an object. */
export type Addition =
  | {
      readonly kind: 'elements';
      /** The path of the list. */
      readonly path: Path;
      /** The index of the first element. */
      readonly at: number | 'end';
      readonly values: readonly unknown[];
    }
  | {
      readonly kind: 'member';
      /** The path of the member, which is replaced if it exists. */
      readonly path: Path;
      readonly value: unknown;
    };

/** Returns the JSON Pointer for a path: `/spec/volumes/-`. */
export function pointerTo(path: Path): string {
  let pointer = '';
  for (const key of path) pointer += `/${jsonpatch.escapePathComponent(String(key))}`;
  return pointer;
}

/** Returns the operations that make the additions, one for each value. */
export function operationsOf(additions: readonly Addition[]): readonly AddOperation[] {
  return additions.flatMap((addition) => {
    const pointer = pointerTo(addition.path);
    if (addition.kind === 'member') return [{ op: 'add', path: pointer, value: addition.value }];
    const { at, values } = addition;
    return values.map((value, index): AddOperation => {
      return { op: 'add', path: `${pointer}/${at === 'end' ? '-' : at + index}`, value };
    });
  });
}

/**
 * Returns the operations as JSON. The JSON of constants is produced once: compared with JSON.stringify of all operations, this
 * saves 5% to 12% of the time of a decision.
 */
export function formatPatch(additions: readonly Addition[]): string {
  let patch = '';
  for (const addition of additions) {
    const pointer = JSON.stringify(pointerTo(addition.path)).slice(0, -1); // without the closing quotation mark
    if (addition.kind === 'member') {
      patch += `,{"op":"add","path":${pointer}","value":${jsonOf(addition.value)}}`;
      continue;
    }
    const { at, values } = addition;
    for (let index = 0; index < values.length; index++) {
      const key = at === 'end' ? '-' : at + index;
      patch += `,{"op":"add","path":${pointer}/${key}","value":${jsonOf(values[index])}}`;
    }
  }
  return `[${patch.slice(1)}]`;
}

function jsonOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = constants.get(value);
  if (known === undefined) return Array.isArray(value) ? listJson(value) : JSON.stringify(value);
  if (known !== unformatted) return known;
  const json = Array.isArray(value) ? listJson(value) : JSON.stringify(value);
  constants.set(value, json);
  return json;
}

function listJson(values: readonly unknown[]): string {
  return `[${values.map(jsonOf).join(',')}]`; // it may contain constants
}

const unformatted = '';
const constants = new WeakMap<object, string>();

/** Freezes an object or a list that many patches add, and remembers its JSON after the first of them. */
export function constant<T extends object>(value: T): T {
  constants.set(value, unformatted);
  return Object.freeze(value);
}

/**
 * Returns the document with the additions. The given document is not changed, and the result shares with it everything
 * that the additions do not affect. Throws if an operation cannot be applied; it would fail in the API server, too.
 */
export function applyAdditions<T extends object>(document: T, additions: readonly Addition[]): T {
  const patched = shallowCopy(document);
  const copied = new Set<object>([patched]);
  for (const addition of additions) {
    copyAlong(patched, addition.kind === 'member' ? addition.path.slice(0, -1) : addition.path, copied);
    for (const operation of operationsOf([addition])) {
      jsonpatch.applyOperation(patched, operation, requireValue, true, true);
    }
  }
  return patched;
}

/**
 * Replaces the library's validator, which also checks what the type of an operation guarantees, and which accounts for a
 * third of the time that applying a patch takes. The library checks paths, indexes, and bounds with any validator.
 */
function requireValue(operation: Operation): void {
  if (!('value' in operation) || operation.value === undefined) throw new TypeError('an operation has no value');
}

/** Copies the objects and lists along a path. Copying the whole document would take longer than parsing it. */
function copyAlong(root: object, path: Path, copied: Set<object>): void {
  let parent = root as Record<string | number, unknown>;
  for (const key of path) {
    const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
    if (typeof child !== 'object' || child === null) return;
    if (!copied.has(child)) {
      const copy = shallowCopy(child);
      copied.add(copy);
      parent[key] = copy;
    }
    parent = parent[key] as Record<string | number, unknown>;
  }
}

function shallowCopy<T extends object>(value: T): T {
  return Array.isArray(value) ? (value.slice() as unknown as T) : { ...value };
}
