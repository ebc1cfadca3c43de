import { annotationPrefix } from '../annotations/annotation-keys.ts';
import type { Profiles } from '../injection/profile.ts';
import { isObject, type Path, valueAt } from '../json/json-value.ts';
import { templateWithoutList } from '../kubernetes/pod-template-path.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type FoundKey, fieldOfPath, keysOfDownlink } from './keys-of-downlink.ts';
import type { ManifestFinding } from './manifest-finding.ts';
import { type ManifestObject, objectsOf } from './manifest-objects.ts';
import { createFindings } from './review-manifest.ts';
import { adviceOnKey, referencedWorkload } from './unread-key-advice.ts';

/** A Downlink key in a place where nothing reads it. */
export interface UnreadKey {
  readonly key: string;
  readonly value: unknown;
  readonly hint: ManifestFinding;
}

/** The Downlink annotations of the pods in all manifests, by key and value. */
export type PodAnnotations = Set<string>;

/** API groups of Kubernetes itself; operators may read keys of objects in other groups. */
const groups =
  /^(?:(?:apps|batch|extensions|policy|autoscaling|(?:apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io)\/)?v\d\w*$/;

/** Adds the Downlink annotations of the pods in a document. */
export function collectAnnotations(document: YamlDocument, annotationsOfPods: PodAnnotations): void {
  for (const { value, path, podPath } of objectsOf(document.value)) {
    if (podPath === undefined) continue;
    const annotations = valueAt(value, [...podPath.slice(path.length), 'metadata', 'annotations']);
    for (const [key, text] of isObject(annotations) ? Object.entries(annotations) : []) {
      if (key.startsWith(annotationPrefix)) annotationsOfPods.add(identity(key, text));
    }
  }
}

/**
 * Finds the Downlink keys of a document that nothing reads: labels, and annotations at another depth or on other
 * objects.
 */
export function unreadKeys(document: YamlDocument, positions: Positions, profiles: Profiles): readonly UnreadKey[] {
  return objectsOf(document.value).flatMap((object) => {
    const { hint, warning } = createFindings(document, object, positions);
    return keysToExplain(object).flatMap((found) => {
      const { path, key, value } = found;
      const detail = adviceOnKey(object, found, profiles);
      if (detail === undefined) return [];
      const field = fieldOfPath([...path, key]);
      const isMisplaced =
        object.isCustom && field.startsWith('metadata.annotations[') && !groups.test(object.apiVersion ?? '');
      return {
        key,
        value,
        hint: isMisplaced ? warning({ code: 'misplaced', field, detail }) : hint({ code: 'unread-key', field, detail }),
      };
    });
  });
}

/**
 * Returns the hints about keys that nothing reads, except for annotations that some pod has with the same value:
 * Kustomize's commonAnnotations set them on every object.
 */
export function hintsOfUnreadKeys(
  unread: readonly UnreadKey[],
  annotationsOfPods: ReadonlySet<string>,
): readonly ManifestFinding[] {
  return unread.flatMap(({ key, value, hint }) => {
    const isCommon =
      hint.field?.startsWith('metadata.annotations[') === true && annotationsOfPods.has(identity(key, value));
    return isCommon ? [] : hint;
  });
}

function identity(key: string, value: unknown): string {
  return JSON.stringify([key, value]);
}

/**
 * Returns the keys that only Kubernetes could read. An operator may read the keys of a custom resource, except for those in a
 * pod template, labels, and annotations of a resource that uses the pod template of another one.
 */
function keysToExplain(object: ManifestObject): readonly FoundKey[] {
  const { apiVersion, value, path, podPath } = object;
  const keysAt = (place: Path) => keysOfDownlink(valueAt(value, place), place, placesRead(object));
  if (groups.test(apiVersion ?? '')) return keysAt([]);
  if (podPath !== undefined) return [...keysAt(['metadata', 'labels']), ...keysAt(podPath.slice(path.length))];
  if (referencedWorkload(value) !== undefined)
    return [...keysAt(['metadata', 'labels']), ...keysAt(['metadata', 'annotations'])];
  const broken = templateWithoutList(value);
  return broken === undefined ? [] : keysAt([...broken, 'metadata']);
}

/**
 * Returns the fields whose keys are read or reported as misplaced: annotations of the pod, of the workload, and of a
 * CronJob's Job.
 */
function placesRead({ path, podPath }: ManifestObject): ReadonlySet<string> {
  if (podPath === undefined) return new Set();
  const template = podPath.slice(path.length);
  const inner = template.indexOf('jobTemplate');
  const places = [template, [], ...(inner < 0 ? [] : [template.slice(0, inner + 1)])];
  return new Set(places.map((place) => fieldOfPath([...place, 'metadata', 'annotations'])));
}
