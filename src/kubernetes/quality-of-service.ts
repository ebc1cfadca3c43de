import { containersOf, type PodSpec, type ResourceRequirements } from './pod.ts';
import { parseQuantity } from './quantity.ts';

export type QualityOfService = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

/**
 * The class that the API server will give the pod. A missing request counts as the limit, since raw manifests come
 * before the server's defaults. Source: kubernetes/kubernetes pkg/apis/core/v1/helper/qos/qos.go
 */
export function qualityOfService(spec: PodSpec): QualityOfService {
  const all = hasPodLevelResources(spec) ? [spec.resources] : containersOf(spec).map(({ resources }) => resources);
  if (all.length > 0 && all.every(isGuaranteed)) return 'Guaranteed';
  return all.every(asksForNothing) ? 'BestEffort' : 'Burstable';
}

/**
 * Whether the pod has resources for all of its containers together, which then decide on its class. An empty object
 * counts as none, as it does in Kubernetes. Source: staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function hasPodLevelResources({ resources }: PodSpec): boolean {
  if (!resources) return false;
  return Object.keys({ ...resources.requests, ...resources.limits }).some(
    (name) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-'),
  );
}

/** Whether every container and init container of the pod has a limit for cpu. */
export function everyContainerHasCpuLimit(spec: PodSpec): boolean {
  return containersOf(spec).every(({ resources }) => amount(resources?.limits?.['cpu']) > 0);
}

function isGuaranteed(resources: ResourceRequirements | null | undefined): boolean {
  return counted.every((name) => {
    const limit = amount(resources?.limits?.[name]);
    const request = resources?.requests?.[name];
    return limit > 0 && (request === undefined || amount(request) === limit);
  });
}

function asksForNothing(resources: ResourceRequirements | null | undefined): boolean {
  return counted.every((name) => amount(resources?.limits?.[name]) === 0 && amount(resources?.requests?.[name]) === 0);
}

function amount(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0);
}
