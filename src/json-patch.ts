import jsonpatch, { type Operation } from 'fast-json-patch';

/** A JSON Patch operation. Only `add` is ever made: nothing that the user wrote is rewritten, moved or dropped. */
export interface AddOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** An `add` at the place that the keys name, for example `add(['spec', 'volumes', '-'], volume)`. */
export function add(keys: readonly (string | number)[], value: unknown): AddOperation {
  let path = '';
  for (const key of keys) path += typeof key === 'number' ? `/${key}` : `/${escapeKey(key)}`;
  return { op: 'add', path, value };
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
    jsonpatch.applyOperation(patched, operation as AddOperation, refuseUndefined, true, true, index);
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
