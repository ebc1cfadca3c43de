import { annotationPrefix, isGenerated } from '../annotations/annotation-keys.ts';
import { printable } from '../diagnostics/text.ts';
import { isAnnotationName } from '../injection/own-annotations.ts';
import { isObject, type Path, valueAt } from '../json/json-value.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { displayName, type ManifestObject, objectsOf } from './manifest-objects.ts';

/** A Downlink key in a place where nothing reads it. */
export interface UnreadKey {
  readonly key: string;
  readonly value: unknown;
  readonly hint: ManifestFinding;
}

/** The Downlink annotations of the pods in all manifests, by key and value. */
export type PodAnnotations = Set<string>;

/** API groups of Kubernetes itself; operators may read keys of objects in other groups. */
const groups = /^(?:(?:apps|batch|extensions|policy|autoscaling|[a-z.]+\.k8s\.io)\/)?v\d\w*$/;
/**
 * API groups whose objects may have Downlink keys: Downlink's webhook configurations select by its labels, and
 * kustomizations set annotations.
 */
const readers = /^(?:admissionregistration|kustomize\.config)\.k8s\.io\//;
const selectors = ['matchLabels', 'selector', 'nodeSelector']; // fields that select by labels
const maxDepth = 20; // nested maps: no Kubernetes object has annotations or labels deeper than that

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
export function unreadKeys(document: YamlDocument, positions: Positions): readonly UnreadKey[] {
  return objectsOf(document.value).flatMap((object) => {
    const apiVersion = String(valueAt(object.value, ['apiVersion']));
    if (!groups.test(apiVersion) || readers.test(apiVersion)) return [];
    return keysIn(object.value, [], placesRead(object)).map(({ path, key, value }) => {
      const field = fieldOf([...path, key]);
      const hint: ManifestFinding = {
        severity: 'hint',
        code: 'unread-key',
        object: displayName(object),
        field,
        message: `${field}: ${detailOf(object, path)}`,
        ...positions(document.offset + offsetOfField(document, object.path, field)),
      };
      return { key, value, hint };
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
 * Returns the fields whose keys are read or reported as misplaced: annotations of the pod, of the workload, and of a
 * CronJob's Job.
 */
function placesRead({ path, podPath }: ManifestObject): ReadonlySet<string> {
  if (podPath === undefined) return new Set();
  const template = podPath.slice(path.length);
  const inner = template.indexOf('jobTemplate');
  const places = [template, [], ...(inner < 0 ? [] : [template.slice(0, inner + 1)])];
  return new Set(places.map((place) => fieldOf([...place, 'metadata', 'annotations'])));
}

interface FoundKey {
  readonly path: Path;
  readonly key: string;
  readonly value: unknown;
}

function keysIn(value: unknown, path: Path, read: ReadonlySet<string>): readonly FoundKey[] {
  if (typeof value !== 'object' || value === null || path.length > maxDepth) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => keysIn(item, [...path, index], read));
  const isRead = read.has(fieldOf(path)) || selectors.includes(String(path.at(-1)));
  return Object.entries(value).flatMap(([key, child]) => {
    if (!key.startsWith(annotationPrefix)) return keysIn(child, [...path, key], read);
    const name = key.slice(annotationPrefix.length);
    const isWritten = isAnnotationName(name) && !isGenerated(name); // Downlink's labels have other names
    return isRead || !isWritten ? [] : [{ path, key, value: child }];
  });
}

function detailOf({ path, podPath }: ManifestObject, place: Path): string {
  const target =
    podPath === undefined
      ? "the annotations of a pod, or of a workload's pod template"
      : fieldOf([...podPath.slice(path.length), 'metadata', 'annotations']);
  const problem = place.at(-1) === 'labels' ? 'nothing reads it as a label' : 'nothing reads it here';
  return `${problem}; move it to ${target}`;
}

/** Returns the path in Kubernetes' notation. */
function fieldOf(path: Path): string {
  return path
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /[./]/.test(key) ? `[${printable(key)}]` : `.${printable(key)}`,
    )
    .join('')
    .replace(/^\./, '');
}
