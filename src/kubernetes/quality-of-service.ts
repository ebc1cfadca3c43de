import { containersOf, type PodSpec, type ResourceRequirements } from './pod.ts';
import { parseQuantity } from './quantity.ts';

export type QualityOfService = 'Guaranteed' | 'Burstable' | 'BestEffort';

const qosResources = ['cpu', 'memory'] as const; // no other resource counts

/**
 * Returns the QoS class that the API server will assign to a pod. A missing request equals the limit, which is the
 * default that the API server sets later. Source: kubernetes/kubernetes pkg/apis/core/v1/helper/qos/qos.go
 */
export function qualityOfService(spec: PodSpec): QualityOfService {
  const all = hasPodLevelResources(spec) ? [spec.resources] : containersOf(spec).map(({ resources }) => resources);
  if (all.length > 0 && all.every(isGuaranteed)) return 'Guaranteed';
  return all.every(requestsNothing) ? 'BestEffort' : 'Burstable';
}

/**
 * Reports whether a pod has pod-level resources, which then determine its QoS class. An empty object does not count, as
 * in Kubernetes. Source: staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function hasPodLevelResources({ resources }: PodSpec): boolean {
  if (!resources) return false;
  return Object.keys({ ...resources.requests, ...resources.limits }).some(
    (name) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'),
  );
}

/** Reports whether every container and init container has a limit of this resource. */
export function everyContainerHasLimit(spec: PodSpec, resource: LimitedResource): boolean {
  return containersOf(spec).every(({ resources }) => amount(resources?.limits?.[resource]) > 0);
}

/** Reports the same of requests. A missing request equals the limit. */
export function everyContainerHasRequest(spec: PodSpec, resource: LimitedResource): boolean {
  return containersOf(spec).every(
    ({ resources }) => amount(resources?.requests?.[resource] ?? resources?.limits?.[resource]) > 0,
  );
}

type LimitedResource = 'cpu' | 'ephemeral-storage';

function isGuaranteed(resources: ResourceRequirements | null | undefined): boolean {
  return qosResources.every((name) => {
    const limit = amount(resources?.limits?.[name]);
    const request = resources?.requests?.[name];
    return limit > 0 && (request === undefined || amount(request) === limit);
  });
}

function requestsNothing(resources: ResourceRequirements | null | undefined): boolean {
  return qosResources.every(
    (name) => amount(resources?.limits?.[name]) === 0 && amount(resources?.requests?.[name]) === 0,
  );
}

/** Returns the value of a quantity in its base unit; 0 for none, and for what is no quantity. */
export function amount(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0);
}
