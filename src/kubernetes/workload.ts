import type { ObjectMeta, OwnerReference } from './pod.ts';

/** An object that creates pods, by its kind and name: a Deployment, a CronJob, a custom resource. */
export interface Workload {
  readonly kind: string;
  /** Undefined if the API server generates it when the object is created. */
  readonly name: string | undefined;
}

/**
 * Returns the workload of a pod, without looking anything up; undefined for a pod without a controller. `template` is the object
 * that contains the pod template, and absent for a pod, whose owner references name its controller.
 *
 * | Controller                                                            | Workload          |
 * | ReplicaSet NAME-HASH, pod label pod-template-hash=HASH                | Deployment NAME   |
 * | ReplicaSet NAME-HASH, pod label rollouts-pod-template-hash=HASH       | Rollout NAME      |
 * | Job NAME-TIME, see {@link isScheduled}                                | CronJob NAME      |
 * | any other                                                             | the controller    |
 *
 * Source: kubernetes/kubernetes pkg/controller/deployment/sync.go and pkg/controller/cronjob/utils.go; argoproj/argo-rollouts
 * rollout/sync.go
 */
export function workloadOf(metadata: ObjectMeta | null | undefined, template?: Workload): Workload | undefined {
  const owner = template === undefined ? controllerIn(metadata) : undefined;
  const controller = template ?? (owner?.kind && owner.name ? { kind: owner.kind, name: owner.name } : undefined);
  if (controller?.name === undefined || !isBuiltIn(controller.kind, owner)) return controller;
  const { kind, name } = controller;
  if (kind === 'ReplicaSet') return workloadOfReplicaSet(name, metadata?.labels ?? {});
  const [, cronJob, time = ''] = kind === 'Job' ? (/^(.+)-(\d+)$/.exec(name) ?? []) : [];
  return cronJob === undefined || !isScheduled(time) ? { kind, name } : { kind: 'CronJob', name: cronJob };
}

/**
 * Reports whether a number can be the time at the end of a Job's name that a CronJob has given it: minutes since 1970, from
 * Kubernetes 1.21, or seconds. A date such as 20261127 would be minutes of the year 2008, when there were no CronJobs.
 */
function isScheduled(time: string): boolean {
  const minutes = 25_000_000; // in July 2017
  return time.length === 8 ? Number(time) >= minutes : time.length === 10 && Number(time) >= minutes * 60;
}

const hashLabels = { 'pod-template-hash': 'Deployment', 'rollouts-pod-template-hash': 'Rollout' } as const;

function workloadOfReplicaSet(name: string, labels: Readonly<Record<string, string>>): Workload {
  for (const [label, kind] of Object.entries(hashLabels)) {
    const hash = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (!hash || !name.endsWith(`-${hash}`)) continue;
    const owner = name.slice(0, -hash.length - 1);
    if (owner !== '') return { kind, name: owner };
  }
  return { kind: 'ReplicaSet', name };
}

function controllerIn(metadata: ObjectMeta | null | undefined): OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

const groups: Readonly<Record<string, RegExp>> = { ReplicaSet: /^(?:apps|extensions)\//, Job: /^batch\// };

/** Reports whether an owner is of Kubernetes' own API groups: no CronJob creates a Job of another group, such as Volcano's. */
function isBuiltIn(kind: string, owner: OwnerReference | undefined): boolean {
  const apiVersion = owner?.apiVersion;
  return !apiVersion || !Object.hasOwn(groups, kind) || groups[kind]?.test(apiVersion) === true;
}
