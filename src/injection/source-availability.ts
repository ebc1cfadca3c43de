import { annotationField } from '../annotations/annotation-keys.ts';
import { warn } from '../annotations/annotation-warning.ts';
import { type DownwardSource, formatDownwardSource, offeredSince } from '../annotations/downward-source.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { quote } from '../diagnostics/text.ts';
import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { Intents } from './parse-annotations.ts';

/**
 * Rejects what the API server does not offer yet: it would refuse the pod in words that do not name our annotation. Where
 * a feature gate decides, there is a warning.
 */
export function rejectUnavailableSources(
  { env = [], volume }: Intents,
  version: KubernetesVersion | undefined,
  findings: Findings,
): void {
  if (version === undefined) return;
  const look = (name: 'env' | 'volume', source: DownwardSource) => {
    const since = offeredSince(source);
    if (since === undefined || isAtLeast(version, 1, since.byDefault)) return;
    const value = formatDownwardSource(source);
    const offered = `Kubernetes offers it from 1.${since.byDefault} on, and this is ${formatKubernetesVersion(version)}`;
    if (isAtLeast(version, 1, since.behindGate)) {
      warn(findings, 'source-behind-gate', name, `${quote(value)}: ${offered}, where a feature gate decides`);
    } else {
      findings.errors.push({ field: annotationField(name), kind: 'Invalid', value, detail: `${offered}; remove it` });
    }
  };
  for (const { source } of env) if (source.kind !== 'otelResourceAttributes') look('env', source);
  for (const { source } of volume?.files ?? []) look('volume', source);
}
