import type { Workload } from '../../kubernetes/workload.ts';
import { workloadOf } from '../../kubernetes/workload.ts';
import type { PlanContext } from '../patch/injection-part.ts';
import { type OtelResource, otelResource } from './otel-resource.ts';

/** What the values of variables depend on besides their container. */
export interface EnvFacts {
  readonly pod: PlanContext['pod'];
  /** Returns the workload, which is found once; undefined for a pod without a controller. */
  readonly workload: () => Workload | undefined;
  /** Returns what all containers have in common, which is found once. */
  readonly otel: (readsLabels: boolean) => OtelResource;
}

/** Collects what the values of the variables of a pod depend on. */
export function envFacts({ pod, origin, clusterName }: Pick<PlanContext, 'pod' | 'origin' | 'clusterName'>): EnvFacts {
  let known: { readonly workload: Workload | undefined } | undefined;
  const workload = () => {
    known ??= { workload: workloadOf(pod.metadata, origin.workload) };
    return known.workload;
  };
  const resources = new Map<boolean, OtelResource>();
  const otel = (readsLabels: boolean): OtelResource => {
    const found = resources.get(readsLabels);
    if (found !== undefined) return found;
    const podName = origin.workload === undefined ? pod.metadata?.name || undefined : undefined;
    const { labels, annotations } = pod.metadata ?? {};
    const given = { labels: readsLabels ? labels : undefined, annotations, podName, clusterName };
    const resource = otelResource({ ...given, workload: workload(), namespace: origin.namespace });
    resources.set(readsLabels, resource);
    return resource;
  };
  return { pod, workload, otel };
}
