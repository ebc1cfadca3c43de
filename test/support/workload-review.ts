import { reviewOf } from './admission-review.ts';

export const podSpec = { containers: [{ name: 'main', image: 'busybox:1.37' }] };

/** The kinds that make pods, and where each keeps the template of them. */
export const workloadKinds = [
  { apiVersion: 'apps/v1', kind: 'Deployment', path: 'spec.template' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', path: 'spec.template' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', path: 'spec.template' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', path: 'spec.template' },
  { apiVersion: 'v1', kind: 'ReplicationController', path: 'spec.template' },
  { apiVersion: 'batch/v1', kind: 'Job', path: 'spec.template' },
  { apiVersion: 'batch/v1', kind: 'CronJob', path: 'spec.jobTemplate.spec.template' },
  { apiVersion: 'batch/v1beta1', kind: 'CronJob', path: 'spec.jobTemplate.spec.template' },
] as const;

/** An object of that kind with that pod template, and more metadata of its own. */
export function workloadOf(
  { apiVersion, kind, path }: (typeof workloadKinds)[number],
  template: unknown,
  metadata: object = {},
) {
  const inner = { template };
  const spec = path === 'spec.template' ? inner : { schedule: '0 3 * * *', jobTemplate: { spec: inner } };
  return { apiVersion, kind, metadata: { name: 'web', ...metadata }, spec };
}

/** A Deployment whose pods have these annotations. */
export function deploymentWith(annotations: Readonly<Record<string, unknown>>, metadata: object = {}) {
  return workloadOf(workloadKinds[0], { metadata: { annotations }, spec: podSpec }, metadata);
}

/** A review as an API server sends it when that object is created; `changes` go over the request. */
export function workloadReviewOf(object: unknown, changes: object = {}, namespace = 'default') {
  const { apiVersion = '', kind } = (object ?? {}) as { apiVersion?: string; kind?: string };
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const review = reviewOf(object, namespace);
  const gvk = { group, version, kind };
  return { ...review, request: { ...review.request, kind: gvk, requestKind: gvk, ...changes } };
}
