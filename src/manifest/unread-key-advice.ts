import { annotationKey, annotationPrefix } from '../annotations/annotation-keys.ts';
import { listNames } from '../diagnostics/text.ts';
import { isAnnotationName, nearestAnnotation } from '../injection/own-annotations.ts';
import type { Profiles } from '../injection/profile.ts';
import { valueAt } from '../json/json-value.ts';
import { templateWithoutList } from '../kubernetes/pod-template-path.ts';
import { type FoundKey, fieldOfPath } from './keys-of-downlink.ts';
import type { ManifestObject } from './manifest-objects.ts';

const labelsOfNamespaces = ['enabled', 'profile']; // the webhook configurations select namespaces by them
const labelOfWebhook = 'component'; // the chart selects its own pods by it

/** Returns what is wrong with a key, and where it belongs; undefined if something reads it. */
export function adviceOnKey(object: ManifestObject, found: FoundKey, profiles: Profiles): string | undefined {
  const { path, key, value } = found;
  const name = key.slice(annotationPrefix.length);
  const isLabel = path.at(-1) === 'labels';
  if (isLabel && name === labelOfWebhook) return undefined;
  if (object.kind === 'Namespace' && labelsOfNamespaces.includes(name)) {
    if (fieldOfPath(path) === 'metadata.labels') return adviceOnNamespaceLabel(name, value, profiles);
    if (path.at(-1) === 'annotations') return 'of a Namespace, only the label is read; move it to metadata.labels';
  }
  const broken = object.podPath === undefined && object.isCustom ? templateWithoutList(object.value) : undefined;
  if (broken !== undefined)
    return `nothing is known about its pods, because ${fieldOfPath([...broken, 'spec', 'containers'])} is not a list; make it one`;
  const problem = isLabel ? 'nothing reads it as a label' : 'nothing reads it here';
  const meant = isAnnotationName(name) ? name : nearestAnnotation(name, value);
  if (meant === undefined) return `${problem}, and there is no annotation of this name; remove it`;
  return `${problem}; ${meant === name ? 'move it to' : `write ${annotationKey(meant)} in`} ${targetFor(object)}`;
}

function adviceOnNamespaceLabel(name: string, value: unknown, profiles: Profiles): string | undefined {
  const isKnown = name !== 'profile' || profiles.size === 0 || profiles.has(String(value));
  return isKnown ? undefined : `the settings have no such profile; known profiles: ${listNames([...profiles.keys()])}`;
}

/** Returns the place for the annotations of an object's pods. */
function targetFor({ value, path, podPath }: ManifestObject): string {
  if (podPath !== undefined) return fieldOfPath([...podPath.slice(path.length), 'metadata', 'annotations']);
  const reference = referencedWorkload(value);
  return reference === undefined
    ? "the annotations of a pod, or of a workload's pod template"
    : `the pod template of ${reference}`;
}

/** Returns the workload whose pod template a custom resource uses instead of one of its own, such as a Rollout of Argo. */
export function referencedWorkload(object: unknown): string | undefined {
  const [kind, name] = ['kind', 'name'].map((key) => valueAt(object, ['spec', 'workloadRef', key]));
  return typeof kind === 'string' && typeof name === 'string' ? `${kind}/${name}` : undefined;
}
