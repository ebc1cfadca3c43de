import { annotationField } from '../annotations/annotation-keys.ts';
import { addWarning } from '../annotations/annotation-warning.ts';
import { type DownwardSource, formatDownwardSource, offeredSince } from '../annotations/downward-source.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { listNames, quote } from '../diagnostics/text.ts';
import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import { hasKeyOf } from '../kubernetes/pod-key.ts';
import { workloadOf } from '../kubernetes/workload.ts';
import { nameOfIntent, type ResolvedEnvIntent } from './env/resolved-env.ts';
import type { PlanContext } from './patch/injection-part.ts';
import type { ResolvedIntents } from './resolve-sources.ts';

/** Reports the requested sources that this version of Kubernetes does not offer, or leaves empty. */
export function checkAvailability(
  { env = [], volume }: ResolvedIntents,
  version: KubernetesVersion | undefined,
  findings: Findings,
): void {
  if (version === undefined) return;
  for (const { source } of env)
    if (source.kind === 'field' || source.kind === 'resource') checkSource('env', source, version, findings);
  for (const { source } of volume?.files ?? []) checkSource('volume', source, version, findings);
  warnOfEmptyTopology(env, version, findings);
}

/**
 * Reports an error if the API server does not offer a source yet: it would reject the pod with a message that does not name the
 * annotation. If that depends on a feature gate, there is only a warning.
 */
function checkSource(
  name: 'env' | 'volume',
  source: DownwardSource,
  version: KubernetesVersion,
  findings: Findings,
): void {
  const since = offeredSince(source);
  if (since === undefined || isAtLeast(version, 1, since.byDefault)) return;
  const value = formatDownwardSource(source);
  const required = `requires Kubernetes 1.${since.byDefault}, and this is ${formatKubernetesVersion(version)}`;
  if (isAtLeast(version, 1, since.behindGate)) {
    addWarning(
      findings,
      'source-behind-gate',
      name,
      `${quote(value)} ${required}, where a feature gate must enable it`,
    );
  } else {
    findings.errors.push({ field: annotationField(name), kind: 'Invalid', value, detail: `it ${required}; remove it` });
  }
}

/** Warns about variables for topology labels, which Kubernetes 1.35 and later copy from nodes to pods. */
function warnOfEmptyTopology(env: readonly ResolvedEnvIntent[], version: KubernetesVersion, findings: Findings): void {
  if (isAtLeast(version, 1, 35)) return;
  const empty = env.filter(
    ({ source }) =>
      source.kind === 'field' && !source.isOptional && source.fieldPath.includes("['topology.kubernetes.io/"),
  );
  if (empty.length === 0) return;
  const names = listNames([...new Set(empty.map(nameOfIntent))], (name) => name);
  const detail = `${names} will be empty unless the pod itself has the labels: Kubernetes 1.35 and later add them, and this is ${formatKubernetesVersion(version)}`;
  addWarning(findings, 'topology-empty', 'env', detail);
}

const podIndex = "metadata.labels['apps.kubernetes.io/pod-index']";

/** Warns about variables for the index of the pod, which only StatefulSets of Kubernetes 1.28 and later set. */
export function warnOfEmptyIndex({ env = [] }: ResolvedIntents, context: PlanContext): void {
  const { pod, origin, kubernetesVersion: version, findings } = context;
  const empty = env.filter(
    ({ source }) => source.kind === 'field' && source.fieldPath === podIndex && !source.isOptional,
  );
  if (empty.length === 0 || hasKeyOf(pod.metadata, podIndex)) return;
  const isOfStatefulSet = workloadOf(pod.metadata, origin.workload)?.kind === 'StatefulSet';
  const isOlder = version !== undefined && !isAtLeast(version, 1, 28);
  if (isOfStatefulSet && !isOlder) return;
  const names = listNames([...new Set(empty.map(nameOfIntent))], (name) => name);
  const why =
    isOfStatefulSet && version !== undefined
      ? `Kubernetes 1.28 and later set the label, and this is ${formatKubernetesVersion(version)}`
      : 'only pods of a StatefulSet have the label';
  addWarning(findings, 'index-empty', 'env', `${names} will be empty: ${why}`);
}
