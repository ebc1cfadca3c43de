import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { createCollector, type Found, mapFound } from '../diagnostics/findings.ts';
import { portOf } from '../injection/ambassador/kubectl-proxy.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { type Container, containersOf } from '../kubernetes/pod.ts';
import { hintAtEmptySources } from './empty-sources.ts';
import type { Hint } from './manifest-finding.ts';
import { hintAtProbes } from './probe-of-ambassador.ts';
import { hintAtProxies } from './proxied-ambassador.ts';
import type { ReviewedPod } from './review-manifest.ts';

/** Returns the hints about a pod whose annotations are valid, with fields relative to the object. */
export function podHints(reviewed: ReviewedPod): Found<Hint> {
  const { pod, templatePath, below } = reviewed;
  const { isCustom } = reviewed.object;
  const hints = createCollector<Hint>();
  const injected = injectedPod(reviewed);
  if (injected !== undefined) {
    hintAtEmptySources(
      injected,
      { isTemplate: templatePath.length > 0, isCustom: isCustom && templatePath.length > 0 },
      hints,
    );
    const ambassador = ambassadorOf(reviewed);
    if (ambassador !== undefined) {
      const { spec } = pod as DecodedPod; // as the manifest has it, so that the fields exist there
      hintAtProxies(spec, hints);
      hintAtProbes(spec, portOf(ambassador.args ?? []), hints);
    }
  }
  return mapFound(hints, below);
}

/** Returns the ambassador that a pod has or gets; undefined if it has none, or if it is denied. */
export function ambassadorOf(reviewed: ReviewedPod): Container | undefined {
  const injected = injectedPod(reviewed);
  if (injected === undefined || !statusOf(injected).containers.has(ambassadorName)) return undefined;
  return containersOf(injected.spec).find(({ name }) => name === ambassadorName);
}

/** Returns the pod after its injection; undefined if nothing was or is injected. */
function injectedPod({ outcome, pod }: ReviewedPod): DecodedPod | undefined {
  if (outcome.kind === 'injected') return outcome.pod as DecodedPod;
  return outcome.kind === 'skipped' && outcome.reason === 'nothing-to-add' ? (pod as DecodedPod) : undefined;
}
