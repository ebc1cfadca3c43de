import type { Addition } from '../../src/json/json-patch.ts';
import type { Path } from '../../src/json/json-value.ts';

/** Returns the addition for a path, for example `add(['spec', 'volumes', '-'], volume)`. */
export function add(path: Path, value: unknown): Addition {
  return { kind: 'member', path, value };
}
