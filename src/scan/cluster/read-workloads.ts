import { valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import { type PodFacts, podFacts } from '../pod-facts.ts';
import { controllerOf, referenceTo } from '../pod-owner.ts';
import type { ScanOptions } from '../profile-findings.ts';
import { formatObject, type ObjectReference } from '../scan-finding.ts';
import { type WorkloadFacts, workloadFacts } from '../workload-facts.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ScanRequests } from './scan-requests.ts';

interface WorkloadResource {
  readonly resource: string;
  readonly group: string;
  /** The API group of older servers. */
  readonly olderGroup?: string;
}

const workloadResources: readonly WorkloadResource[] = [
  { resource: 'replicasets', group: 'apis/apps/v1' },
  { resource: 'jobs', group: 'apis/batch/v1' },
  { resource: 'deployments', group: 'apis/apps/v1' },
  { resource: 'statefulsets', group: 'apis/apps/v1' },
  { resource: 'daemonsets', group: 'apis/apps/v1' },
  { resource: 'replicationcontrollers', group: 'api/v1' },
  { resource: 'cronjobs', group: 'apis/batch/v1', olderGroup: 'apis/batch/v1beta1' }, // before Kubernetes 1.21
];

/** The workloads of a cluster that a report needs. */
export interface ReadWorkloads {
  /** The controllers of workloads: they lead from a pod's ReplicaSet to its Deployment. */
  readonly controllers: ReadonlyMap<string, ObjectReference>;
  readonly workloads: readonly WorkloadFacts[];
  readonly workloadCount: number;
}

/** Reads the workloads of a namespace, or of all namespaces. */
export async function readWorkloads(
  { reader, read }: ScanRequests,
  namespace: string | undefined,
  options: ScanOptions,
): Promise<ReadWorkloads> {
  const controllers = new Map<string, ObjectReference>();
  const workloads: WorkloadFacts[] = [];
  let workloadCount = 0;
  const add = (workload: unknown) => {
    const controller = controllerOf(workload);
    if (controller !== undefined) controllers.set(formatObject(referenceTo(workload)), controller);
    const facts = workloadFacts(workload, options);
    if (facts !== undefined) workloads.push(facts);
  };
  for (const resource of workloadResources) {
    await read(resource.resource, async () => {
      for await (const page of workloadPages(reader, namespace, resource)) {
        workloadCount += page.length;
        page.forEach(add);
      }
    });
  }
  return { controllers, workloads, workloadCount };
}

/** The pods of a cluster that a report needs. */
export interface ReadPods {
  readonly pods: readonly PodFacts[];
  readonly podCount: number;
  readonly namespacesOfPods: ReadonlySet<string>;
}

/** Reads the pods of a namespace, or of all namespaces. */
export async function readPods(
  reader: ClusterReader,
  namespace: string | undefined,
  options: ScanOptions,
): Promise<ReadPods> {
  const pods: PodFacts[] = [];
  const namespacesOfPods = new Set<string>();
  let podCount = 0;
  for await (const page of reader.pages(resourcePath('api/v1', namespace, 'pods'))) {
    podCount += page.length;
    for (const pod of page) {
      namespacesOfPods.add(String(valueAt(pod, ['metadata', 'namespace'])));
      const facts = podFacts(pod, options);
      if (facts !== undefined) pods.push(facts);
    }
  }
  return { pods, podCount, namespacesOfPods };
}

async function* workloadPages(
  reader: ClusterReader,
  namespace: string | undefined,
  { resource, group, olderGroup }: WorkloadResource,
): AsyncGenerator<readonly unknown[]> {
  try {
    yield* reader.pages(resourcePath(group, namespace, resource));
  } catch (error) {
    if (olderGroup === undefined || !(error instanceof ApiError) || error.code !== 404) throw error;
    yield* reader.pages(resourcePath(olderGroup, namespace, resource));
  }
}

function resourcePath(group: string, namespace: string | undefined, resource: string): string {
  return `/${group}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}
