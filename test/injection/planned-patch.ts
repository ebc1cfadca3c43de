import { formatStatus, parseStatus } from '../../src/annotations/injection-status.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { readOwnAnnotations } from '../../src/injection/own-annotations.ts';
import { parseAnnotations } from '../../src/injection/parse-annotations.ts';
import { buildPatch } from '../../src/injection/patch/build-patch.ts';
import type { PodAddition } from '../../src/injection/patch/patch-target.ts';
import { type Plan, planInjection } from '../../src/injection/plan-injection.ts';
import { resolveSources } from '../../src/injection/resolve-sources.ts';
import type { DecodedPod } from '../../src/kubernetes/decode-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';

const { kubernetesVersion, ambassador } = defaultOptions;

/** Returns the values of our annotations on a pod, by their names. */
export function ownValues({ metadata }: DecodedPod) {
  return readOwnAnnotations(metadata?.annotations ?? {}, emptyFindings());
}

/** Returns what the annotations of a pod request. */
export function intentsOf(pod: DecodedPod) {
  const findings = emptyFindings();
  return resolveSources(parseAnnotations(ownValues(pod), ambassador, findings), undefined, findings);
}

/** Plans with these intents, for a pod that gets all of them. Throws if it is denied. */
export function planOf(pod: DecodedPod, intents = intentsOf(pod)): Plan {
  const findings = emptyFindings();
  const status = parseStatus(ownValues(pod).get('status'), findings);
  const { runAsUser, policy } = ambassador;
  const origin = { namespace: 'default' };
  const plan = planInjection(intents, {
    pod,
    status,
    origin,
    kubernetesVersion,
    runAsUser,
    policy,
    clusterName: undefined,
    findings,
  });
  if (plan.kind === 'invalid') throw new Error(JSON.stringify(plan.errors));
  return plan;
}

/** Returns the patch of a pod that is not denied, with typed targets. */
export function plannedPatch(pod: DecodedPod, plan = planOf(pod)): readonly PodAddition[] {
  return buildPatch(pod, plan.additions, formatStatus(plan.status));
}
