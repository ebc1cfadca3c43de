import { type AddOperation, pathTo } from '../../src/json/json-patch.ts';
import type { Path } from '../../src/json/json-value.ts';

/** Returns the `add` operation for a path, for example `add(['spec', 'volumes', '-'], volume)`. */
export function add(path: Path, value: unknown): AddOperation {
  return { op: 'add', path: pathTo(path), value };
}
