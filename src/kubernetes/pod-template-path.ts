/**
 * Where an object that makes pods keeps the template of them, by kind. The kinds stand in more than one API group over
 * the versions (extensions, apps, batch).
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

/** The keys that lead from an object to its pod template; none for a Pod itself, undefined for any other object. */
export function podTemplatePath(apiVersion: unknown, kind: unknown): readonly string[] | undefined {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  if (kind === 'Pod') return apiVersion === 'v1' ? [] : undefined;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return groups.includes(group) && Object.hasOwn(templatePaths, kind) ? templatePaths[kind] : undefined;
}
