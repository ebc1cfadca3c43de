import jsonpatch from 'fast-json-patch';

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

/**
 * The document with the operations applied. The given document stays as it is; what the operations do not touch is
 * shared with it. Throws where an operation does not apply, as the API server would.
 */
export function applyPatch<T extends object>(document: T, operations: readonly AddOperation[]): T {
  const copy = copyAlong(document, operations);
  return jsonpatch.applyPatch(copy, operations as AddOperation[], true).newDocument;
}

/** A copy of the objects and lists that the paths lead through; a full clone would cost more than parsing the pod. */
function copyAlong<T extends object>(document: T, operations: readonly AddOperation[]): T {
  const root = shallowCopy(document);
  const copied = new Set<object>([root]);
  let parentPath: string | undefined;
  for (const { path } of operations) {
    const parentOfThis = path.slice(0, path.lastIndexOf('/'));
    if (parentOfThis === parentPath) continue; // one list's operations follow each other
    parentPath = parentOfThis;
    let parent: Record<string, unknown> = root as Record<string, unknown>;
    for (const key of parentPath.split('/').slice(1).map(unescapeKey)) {
      const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
      if (typeof child !== 'object' || child === null) break;
      if (!copied.has(child)) {
        const copy = shallowCopy(child);
        copied.add(copy);
        parent[key] = copy;
      }
      parent = parent[key] as Record<string, unknown>;
    }
  }
  return root;
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
