import { listAt, valueAt } from '../json/json-value.ts';

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

/**
 * Returns the path of the pod template in an object of a kind of Kubernetes itself: empty for a Pod, undefined for an object
 * without pods, and for custom resources.
 */
export function podTemplatePath(apiVersion: unknown, kind: unknown): readonly string[] | undefined {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  if (kind === 'Pod') return apiVersion === 'v1' ? [] : undefined;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return groups.includes(group) && Object.hasOwn(templatePaths, kind) ? templatePaths[kind] : undefined;
}

/** Where custom resources and PodTemplates have their pod template. */
export const templateShapes: readonly (readonly string[])[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
  ['template'],
];

/**
 * Returns the path of the pod template in an object of any kind: that of its kind or, for a kind that is not Kubernetes' own,
 * the first place with a list of containers. The webhook is not called for such objects, only for their pods.
 */
export function podTemplatePathIn(object: unknown, apiVersion: unknown, kind: unknown): readonly string[] | undefined {
  const path = podTemplatePath(apiVersion, kind);
  if (path !== undefined || typeof apiVersion !== 'string' || typeof kind !== 'string') return path;
  // operators fill an empty list, so the manifest does not have the containers of the pods
  return templateShapes.find((shape) => listAt(object, [...shape, 'spec', 'containers']).length > 0);
}

/** Returns the first of these paths at which `spec.containers` is there, but not a list. */
export function templateWithoutList(object: unknown): readonly string[] | undefined {
  return templateShapes.find((shape) => {
    const containers = valueAt(object, [...shape, 'spec', 'containers']);
    return containers !== undefined && !Array.isArray(containers);
  });
}
