import { annotationKey } from '../annotations/annotation-keys.ts';
import { kubeconfigVolumeName, volumeName } from '../annotations/injected-names.ts';
import { type Names, parseStatus } from '../annotations/injection-status.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { emptyFindings, type Found } from '../diagnostics/findings.ts';
import { type Path, valueAt } from '../json/json-value.ts';
import { decodePod } from '../kubernetes/decode-pod.ts';
import { containerPlaces } from '../kubernetes/pod.ts';

/** The result of planning to undo the injection of a pod. The paths of what to remove begin at the pod. */
export type Uninjection =
  | { readonly kind: 'skipped'; readonly reason: 'not-injected' }
  | { readonly kind: 'invalid'; readonly errors: Found<FieldError> }
  | { readonly kind: 'uninjected'; readonly paths: readonly Path[] };

/**
 * Plans the removal of everything that the status annotation of a pod names, and of the annotations that only Downlink writes.
 * Variables, mounts, volumes, pull secrets, and containers are found by name, regardless of what the API server and others have changed since.
 */
export function uninjectPod(pod: unknown): Uninjection {
  const key = annotationKey('status');
  const annotation = valueAt(pod, ['metadata', 'annotations', key]);
  if (annotation === undefined) return { kind: 'skipped', reason: 'not-injected' };
  const findings = emptyFindings();
  const status = parseStatus(typeof annotation === 'string' ? annotation : '', findings);
  if (findings.errors.total > 0) return { kind: 'invalid', errors: findings.errors };
  const decoding = decodePod(pod);
  if (decoding.kind === 'invalid') return { kind: 'invalid', errors: decoding.errors };

  const { spec, metadata } = decoding.pod;
  const paths: Path[] = [];
  for (const { list, index, container } of containerPlaces(spec)) {
    const path = ['spec', list, index];
    if (status.containers.has(container.name)) {
      paths.push(path);
      continue;
    }
    const variables = (container.env ?? []).map(({ name }) => name);
    const mounts = (container.volumeMounts ?? []).map((mount) => isInjectedVolume(mount.name) && mount.mountPath);
    for (const at of firstOfEach(variables, status.env.get(container.name))) paths.push([...path, 'env', at]);
    for (const at of firstOfEach(mounts, status.mounts.get(container.name))) paths.push([...path, 'volumeMounts', at]);
  }
  for (const [index, { name }] of (spec.volumes ?? []).entries()) {
    if (status.volumes.has(name)) paths.push(['spec', 'volumes', index]);
  }
  const secrets = (spec.imagePullSecrets ?? []).map(({ name }) => name ?? false);
  for (const at of firstOfEach(secrets, status.imagePullSecrets)) paths.push(['spec', 'imagePullSecrets', at]);
  const kubeconfig = annotationKey('kubeconfig');
  const hasKubeconfig =
    status.volumes.has(kubeconfigVolumeName) && Object.hasOwn(metadata?.annotations ?? {}, kubeconfig);
  if (hasKubeconfig) paths.push(['metadata', 'annotations', kubeconfig]);
  return { kind: 'uninjected', paths: [...paths, ['metadata', 'annotations', key]] };
}

function isInjectedVolume(name: string): boolean {
  return name === volumeName || name === kubeconfigVolumeName;
}

/** Returns the index of the first element with each name: an injected one precedes a later one of the user. */
function firstOfEach(elements: readonly (string | false)[], names: Names | undefined): readonly number[] {
  if (names === undefined) return [];
  const seen = new Set<string>();
  return elements.flatMap((name, index) => {
    if (name === false || !names.has(name) || seen.has(name)) return [];
    seen.add(name);
    return [index];
  });
}

/** Returns the value without what is at the paths and without lists and maps that become empty. The given one stays as it is. */
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
