/**
 * The path of the pod template in a workload, by kind. Some kinds have moved between API groups (extensions, apps,
 * batch).
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
 */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  ReplicationController: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};
const groups = ['', 'apps', 'batch', 'extensions'];

/** Returns the path of the pod template in an object: empty for a Pod, undefined for an object without pods. */
export function podTemplatePath(apiVersion: unknown, kind: unknown): readonly string[] | undefined {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  if (kind === 'Pod') return apiVersion === 'v1' ? [] : undefined;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return groups.includes(group) && Object.hasOwn(templatePaths, kind) ? templatePaths[kind] : undefined;
}
