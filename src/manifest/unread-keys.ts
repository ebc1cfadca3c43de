import { annotationPrefix } from '../annotations/annotation-keys.ts';
import { printable } from '../diagnostics/text.ts';
import { isAnnotationName } from '../injection/own-annotations.ts';
import { isObject, type Path, valueAt } from '../json/json-value.ts';
import type { ManifestDocument } from '../yaml-edit/yaml-document.ts';
import type { Positions } from '../yaml-edit/yaml-stream.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { type ManifestObject, objectsOf } from './manifest-objects.ts';
import { nameOf } from './review-manifest.ts';

/** A key of ours that nothing reads where it stands. */
export interface UnreadKey {
  readonly key: string;
  readonly value: unknown;
  readonly hint: ManifestFinding;
}

/** The annotations that pods of manifests have, by key and value. */
export type ReadAnnotations = Set<string>;

/** API groups of Kubernetes itself; operators may read what objects of other ones say. */
const groups = /^(?:(?:apps|batch|extensions|policy|autoscaling|[a-z.]+\.k8s\.io)\/)?v\d\w*$/;
/** Downlink's own webhook configurations, which select by its labels, and kustomizations, which set annotations on pods. */
const readers = /^(?:admissionregistration|kustomize\.config)\.k8s\.io\//;
const selectors = ['matchLabels', 'selector', 'nodeSelector']; // which read labels
const maxDepth = 20; // maps within maps: no object of Kubernetes has so many where a key of ours could stand

/** Adds the annotations of ours that the pods in a document have. */
export function gatherAnnotations(document: ManifestDocument, read: ReadAnnotations): void {
  for (const { value, path, podPath } of objectsOf(document.value)) {
    if (podPath === undefined) continue;
    const annotations = valueAt(value, [...podPath.slice(path.length), 'metadata', 'annotations']);
    for (const [key, text] of isObject(annotations) ? Object.entries(annotations) : []) {
      if (key.startsWith(annotationPrefix)) read.add(identity(key, text));
    }
  }
}

/** Finds the keys of ours in a document that nothing reads: labels, annotations at another depth or on other objects. */
export function unreadKeys(document: ManifestDocument, positions: Positions): readonly UnreadKey[] {
  return objectsOf(document.value).flatMap((object) => {
    const apiVersion = String(valueAt(object.value, ['apiVersion']));
    if (!groups.test(apiVersion) || readers.test(apiVersion)) return [];
    return keysIn(object.value, [], placesRead(object)).map(({ path, key, value }) => {
      const field = fieldOf([...path, key]);
      const hint: ManifestFinding = {
        severity: 'hint',
        code: 'unread',
        object: nameOf(object),
        field,
        message: `${field}: ${detailOf(object, path)}`,
        ...positions(document.offset + offsetOfField(document, object.path, field)),
      };
      return { key, value, hint };
    });
  });
}

/**
 * The hints about keys that nothing reads, but for annotations that pods have with the same value: Kustomize's
 * commonAnnotations set them on every object.
 */
export function hintsOfUnreadKeys(unread: readonly UnreadKey[], read: ReadonlySet<string>): readonly ManifestFinding[] {
  return unread.flatMap(({ key, value, hint }) => {
    const isCommon = hint.field?.startsWith('metadata.annotations[') === true && read.has(identity(key, value));
    return isCommon ? [] : hint;
  });
}

function identity(key: string, value: unknown): string {
  return JSON.stringify([key, value]);
}

/** Where keys are read, or told as misplaced: the annotations of the pod, of what makes it and of a CronJob's Job. */
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
    const isWritten = isAnnotationName(name) && name !== 'status'; // other names are labels of ours
    return isRead || !isWritten ? [] : [{ path, key, value: child }];
  });
}

function detailOf({ path, podPath }: ManifestObject, place: Path): string {
  const right =
    podPath === undefined
      ? "the annotations of a pod, or of a workload's pod template"
      : fieldOf([...podPath.slice(path.length), 'metadata', 'annotations']);
  const nothing = place.at(-1) === 'labels' ? 'nothing reads it as a label' : 'nothing reads it here';
  return `${nothing}; move it to ${right}`;
}

/** The path in Kubernetes' notation. */
function fieldOf(path: Path): string {
  return path
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /[./]/.test(key) ? `[${printable(key)}]` : `.${printable(key)}`,
    )
    .join('')
    .replace(/^\./, '');
}
