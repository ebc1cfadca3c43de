import { annotationField } from '../annotations/annotation-keys.ts';
import { addWarning } from '../annotations/annotation-warning.ts';
import { type DownwardSource, formatDownwardSource, offeredSince } from '../annotations/downward-source.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { listNames, printable, quote } from '../diagnostics/text.ts';
import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { EnvIntent } from './env/env-items.ts';
import type { Intents } from './parse-annotations.ts';

/** Reports the requested sources that this version of Kubernetes does not offer, or leaves empty. */
export function checkAvailability(
  { env = [], volume }: Intents,
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
function warnOfEmptyTopology(env: readonly EnvIntent[], version: KubernetesVersion, findings: Findings): void {
  if (isAtLeast(version, 1, 35)) return;
  const empty = env.filter(
    ({ source }) => source.kind === 'field' && source.fieldPath.includes("['topology.kubernetes.io/"),
  );
  if (empty.length === 0) return;
  const names = listNames([...new Set(empty.map(({ name }) => name))], printable);
  const detail = `${names} will be empty unless the pod itself has the labels: Kubernetes 1.35 and later add them, and this is ${formatKubernetesVersion(version)}`;
  addWarning(findings, 'topology-empty', 'env', detail);
}
