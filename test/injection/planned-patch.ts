import { formatStatus, parseStatus } from '../../src/annotations/injection-status.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { type CompileRequest, compileRequest, type InjectionRequest } from '../../src/injection/compile-request.ts';
import { readOwnAnnotations } from '../../src/injection/own-annotations.ts';
import { buildPatch } from '../../src/injection/patch/build-patch.ts';
import type { PodAddition } from '../../src/injection/patch/patch-target.ts';
import { type Plan, planInjection } from '../../src/injection/plan-injection.ts';
import type { DecodedPod } from '../../src/kubernetes/decode-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';

const origin = { namespace: 'default', isNamespaceAssumed: false };

/** Returns the values of our annotations on a pod, by their names. */
function ownValues({ metadata }: DecodedPod) {
  return readOwnAnnotations(metadata?.annotations ?? {}, emptyFindings());
}

/** Returns what the annotations of a pod request. */
export function requestOf(pod: DecodedPod, compile: CompileRequest = compileRequest): InjectionRequest {
  return compile({ values: ownValues(pod), inheritedProfiles: [], origin }, defaultOptions);
}

/** Plans what a pod requests, for a pod that gets all of it. Throws if it is denied. */
export function planOf(pod: DecodedPod, request = requestOf(pod)): Plan {
  const findings = emptyFindings();
  const status = parseStatus(ownValues(pod).get('status'), findings);
  const { kubernetesVersion, clusterName } = defaultOptions;
  const plan = planInjection(request, { pod, status, origin, kubernetesVersion, clusterName, findings });
  if (plan.kind === 'invalid') throw new Error(JSON.stringify(plan.errors));
  return plan;
}

/** Returns the patch of a pod that is not denied, with typed targets. */
export function plannedPatch(pod: DecodedPod, plan = planOf(pod)): readonly PodAddition[] {
  return buildPatch(pod, plan.additions, formatStatus(plan.status));
}
