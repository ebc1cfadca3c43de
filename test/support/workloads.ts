/** A pod spec of one container. */
export const podSpec = { containers: [{ name: 'main', image: 'busybox:1.37' }] };

/** The workload kinds, and the path of the pod template in each. */
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

/** Returns a workload with the pod template and additional metadata. */
export function workloadOf(
  { apiVersion, kind, path }: (typeof workloadKinds)[number],
  template: unknown,
  metadata: object = {},
) {
  const inner = { template };
  const spec = path === 'spec.template' ? inner : { schedule: '0 3 * * *', jobTemplate: { spec: inner } };
  return { apiVersion, kind, metadata: { name: 'web', ...metadata }, spec };
}

/** Returns a Deployment whose pod template has the annotations. */
export function deploymentWith(annotations: Readonly<Record<string, unknown>>, metadata: object = {}) {
  return workloadOf(workloadKinds[0], { metadata: { annotations }, spec: podSpec }, metadata);
}
