import { annotationField } from '../../annotations/annotation-keys.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import type { PodSpec, ResourceRequirements } from '../../kubernetes/pod.ts';
import {
  amount,
  everyContainerHasLimit,
  everyContainerHasRequest,
  hasPodLevelResources,
  type QualityOfService,
} from '../../kubernetes/quality-of-service.ts';
import { parseQuantity } from '../../kubernetes/quantity.ts';
import type { AmbassadorIntent } from './ambassador-options.ts';

const cpuRequest = '10m';
const memoryRequest = '64Mi'; // kubectl proxy uses 46 MiB of resident memory
const cpuLimit = '100m'; // with less, the startup probe fails for seconds or forever
const memoryLimit = '128Mi';
const lowestMemoryLimit = '64Mi';
const storage = '16Mi'; // for logs: the proxy writes no files

/**
 * Returns the resources of the ambassador; undefined for none. They depend on the pod's QoS class and its containers:
 *
 * | pod                                   | cpu request, limit | memory request, limit |
 * | pod-level resources                   | none               | none                  |
 * | Guaranteed                            | 100m, 100m         | 128Mi, 128Mi          |
 * | a cpu limit in every container        | 10m, 100m          | 64Mi, 128Mi           |
 * | any other                             | 10m, none          | 64Mi, 128Mi           |
 *
 * If every container has a request of ephemeral-storage, or a limit, which a quota may demand, the ambassador has 16Mi as well. It does
 * not determine the QoS class.
 *
 * The annotations replace the request, and the limit if there is one. With pod-level resources, they set only the request for
 * cpu, but both for memory.
 */
export function ambassadorResources(
  spec: PodSpec,
  quality: QualityOfService,
  { cpu, memory }: AmbassadorIntent,
): ResourceRequirements | undefined {
  if (hasPodLevelResources(spec)) {
    if (cpu === undefined && memory === undefined) return undefined;
    return {
      requests: { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) },
      ...(memory !== undefined && { limits: { memory } }),
    };
  }
  const ephemeral = { 'ephemeral-storage': storage };
  const request = everyContainerHasRequest(spec, 'ephemeral-storage') && ephemeral;
  const limit = everyContainerHasLimit(spec, 'ephemeral-storage') && ephemeral;
  if (quality === 'Guaranteed') {
    const both = { cpu: cpu ?? cpuLimit, memory: memory ?? memoryLimit };
    return { requests: { ...both, ...request }, limits: { ...both, ...limit } };
  }
  const hasCpuLimit = everyContainerHasLimit(spec, 'cpu');
  return {
    requests: { cpu: cpu ?? cpuRequest, memory: memory ?? memoryRequest, ...request },
    limits: { ...(hasCpuLimit && { cpu: cpu ?? cpuLimit }), memory: memory ?? memoryLimit, ...limit },
  };
}

/**
 * Reports a request that the resources of the pod do not leave room for: the API server rejects a pod whose containers request
 * more than the pod. A limit of the pod counts where it has no request. Source: kubernetes/kubernetes
 * pkg/apis/core/validation/validation.go, validatePodResources
 */
export function rejectMoreThanPodHas(
  spec: PodSpec,
  resources: ResourceRequirements | undefined,
  findings: Findings,
): void {
  if (!hasPodLevelResources(spec)) return;
  for (const name of ['cpu', 'memory'] as const) {
    const value = resources?.requests?.[name];
    const list = spec.resources?.requests?.[name] === undefined ? 'limits' : 'requests';
    const ofPod = spec.resources?.[list]?.[name];
    if (value === undefined || ofPod === undefined) continue;
    const room = amount(ofPod) * (1 + 1e-9) - requestedTogether(spec, name); // sums of decimal fractions are not exact
    if (room < 0 || amount(value) <= room) continue;
    const detail = `the pod has ${ofPod} in spec.resources.${list}.${name}, and its containers must not request more together; raise that, or request less here`;
    findings.errors.push({
      field: annotationField(`ambassador-${name}`),
      kind: 'Invalid',
      value: String(value),
      detail,
    });
  }
}

/** Returns what the containers that run at the same time request at least. A missing request equals the limit. */
function requestedTogether(spec: PodSpec, name: 'cpu' | 'memory'): number {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...(spec.containers ?? [])].reduce(
    (sum, { resources }) => sum + amount(resources?.requests?.[name] ?? resources?.limits?.[name]),
    0,
  );
}

/** Warns about limits at which the proxy does not start in time or is killed. */
export function warnOfLowLimits(resources: ResourceRequirements | undefined, findings: Findings): void {
  for (const [name, lowest] of [
    ['cpu', cpuLimit],
    ['memory', lowestMemoryLimit],
  ] as const) {
    const limit = resources?.limits?.[name];
    if (limit === undefined || (parseQuantity(limit) ?? 0) >= (parseQuantity(lowest) ?? 0)) continue;
    const detail = `a ${name} limit of ${limit} is below ${lowest}, the lowest at which the proxy is known to start`;
    addWarning(findings, 'ambassador-limit-low', `ambassador-${name}`, detail);
  }
}
