import type { Addition } from '../../src/json/json-patch.ts';
import type { Path } from '../../src/json/json-value.ts';

/** An addition at the place that the path names, for example `add(['spec', 'volumes', '-'], volume)`. */
export function add(path: Path, value: unknown): Addition {
  return { kind: 'member', path, value };
}
