import { containerPlaces, type PodSpec, type ResourceRequirements } from './pod.ts';
import { parseQuantity } from './quantity.ts';

export type QualityOfService = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

/**
 * The class that the API server will give the pod. A missing request counts as the limit, since raw manifests come
 * before the server's defaults. Source: kubernetes/kubernetes pkg/apis/core/v1/helper/qos/qos.go
 */
export function qualityOfService(spec: PodSpec): QualityOfService {
  const all = containerPlaces(spec).map(({ container }) => container.resources);
  if (all.length > 0 && all.every(isGuaranteed)) return 'Guaranteed';
  return all.every(asksForNothing) ? 'BestEffort' : 'Burstable';
}

/** Whether every container and init container of the pod has a limit for cpu. */
export function everyContainerHasCpuLimit(spec: PodSpec): boolean {
  return containerPlaces(spec).every(({ container }) => amount(container.resources?.limits?.['cpu']) > 0);
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
