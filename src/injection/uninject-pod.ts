import { annotationKey } from '../annotations/annotation-keys.ts';
import { volumeName } from '../annotations/injected-names.ts';
import { type Names, parseStatus } from '../annotations/injection-status.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { emptyFindings, type Found } from '../diagnostics/findings.ts';
import { type Path, valueAt } from '../json/json-value.ts';
import { decodePod } from '../kubernetes/decode-pod.ts';
import { containerPlaces } from '../kubernetes/pod.ts';

/** What is to be removed from a pod; the paths begin at it. */
export type Uninjection =
  | { readonly kind: 'skipped'; readonly reason: 'not-injected' }
  | { readonly kind: 'failure'; readonly errors: Found<FieldError> }
  | { readonly kind: 'uninjected'; readonly paths: readonly Path[] };

/**
 * Everything that the pod's status annotation names, and that annotation: variables, mounts, volumes and containers.
 * They are found by their names, so an API server may have set defaults and others may have added things between them.
 */
export function uninjectPod(pod: unknown): Uninjection {
  const key = annotationKey('status');
  const annotation = valueAt(pod, ['metadata', 'annotations', key]);
  if (annotation === undefined) return { kind: 'skipped', reason: 'not-injected' };
  const findings = emptyFindings();
  const status = parseStatus(typeof annotation === 'string' ? annotation : '', findings);
  if (findings.errors.total > 0) return { kind: 'failure', errors: findings.errors };
  const decoding = decodePod(pod);
  if (decoding.kind === 'invalid') return { kind: 'failure', errors: decoding.errors };

  const { spec } = decoding.pod;
  const paths: Path[] = [];
  for (const { list, index, container } of containerPlaces(spec)) {
    const path = ['spec', list, index];
    if (status.containers.has(container.name)) {
      paths.push(path);
      continue;
    }
    const variables = (container.env ?? []).map(({ name }) => name);
    const mounts = (container.volumeMounts ?? []).map((mount) => mount.name === volumeName && mount.mountPath);
    for (const at of firstOfEach(variables, status.env.get(container.name))) paths.push([...path, 'env', at]);
    for (const at of firstOfEach(mounts, status.mounts.get(container.name))) paths.push([...path, 'volumeMounts', at]);
  }
  for (const [index, { name }] of (spec.volumes ?? []).entries()) {
    if (status.volumes.has(name)) paths.push(['spec', 'volumes', index]);
  }
  return { kind: 'uninjected', paths: [...paths, ['metadata', 'annotations', key]] };
}

/** Returns the index of the first element with each of the names: ours stand before a later one of the user's. */
function firstOfEach(elements: readonly (string | false)[], names: Names | undefined): readonly number[] {
  if (names === undefined) return [];
  const seen = new Set<string>();
  return elements.flatMap((name, index) => {
    if (name === false || !names.has(name) || seen.has(name)) return [];
    seen.add(name);
    return [index];
  });
}

/** The value without what the paths lead to, and without each list or map that is empty then. It stays as it is itself. */
export function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  if (typeof value !== 'object' || value === null || paths.length === 0) return value;
  const below = new Map<string, Path[]>();
  for (const [key = '', ...rest] of paths) {
    const inner = below.get(String(key));
    if (inner === undefined) below.set(String(key), [rest]);
    else inner.push(rest);
  }
  const kept = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const inner = below.get(key);
    if (inner === undefined) return [[key, child]];
    if (inner.some((path) => path.length === 0)) return [];
    const reduced = withoutPaths(child, inner);
    return isEmpty(reduced) ? [] : [[key, reduced]];
  });
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
