import { belowTemplate } from '../injection/review-workload.ts';
import { type Path, valueAt } from '../json/json-value.ts';
import { podTemplatePath, podTemplatePathIn } from '../kubernetes/pod-template-path.ts';

/** A Kubernetes object of a document: the document itself or an item of a list. */
export interface ManifestObject {
  /** Its own, or that of the list; undefined if neither has one. */
  readonly apiVersion: string | undefined;
  readonly kind: string;
  readonly name: string;
  /** Undefined if the manifest sets none. */
  readonly namespace: string | undefined;
  readonly value: unknown;
  /** From the root of the document. */
  readonly path: Path;
  /** The object itself for a Pod, the pod template for a workload, undefined for any other object. */
  readonly podPath: Path | undefined;
  /** Whether its kind is not a workload of Kubernetes itself, so that a controller may do anything with its fields. */
  readonly isCustom: boolean;
}

/** A Pod or workload of a document. */
export interface ManifestPod {
  readonly object: ManifestObject & { readonly podPath: Path };
  /** From the object to the pod; empty for a Pod. */
  readonly templatePath: readonly string[];
  /** The pod, or the pod template of a workload, as the manifest has it. */
  readonly pod: unknown;
  /** Whether it is only a part of a pod, in a patch. */
  readonly isPartial: boolean;
  /** Turns a finding about the pod into one about the object. */
  readonly below: <T extends { readonly field: string }>(finding: T) => T;
}

const maxDepth = 8; // nested lists; kubectl itself accepts one

/** Returns the objects of a document; a list contributes its items. */
export function objectsOf(value: unknown): readonly ManifestObject[] {
  return collectObjects(value, { path: [], listVersion: undefined, listKind: undefined, depth: 0 });
}

/** Returns the Pods and workloads of a document. */
export function podsOf(value: unknown): readonly ManifestPod[] {
  return objectsOf(value).flatMap((object) => {
    const { podPath, path } = object;
    return podPath === undefined ? [] : [podIn(object, podPath.slice(path.length).map(String), false)];
  });
}

/** Returns the pod of an object whose pod template has this path. */
export function podIn(object: ManifestObject, templatePath: readonly string[], isPartial: boolean): ManifestPod {
  return {
    object: { ...object, podPath: [...object.path, ...templatePath] },
    templatePath,
    pod: valueAt(object.value, templatePath),
    isPartial,
    below: (finding) => belowTemplate(templatePath, finding),
  };
}

/** Returns the object's name as kubectl prints it: `Deployment/web`. */
export function displayName({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return name === '' ? kind : `${kind}/${name}`;
}

/** Where an object is found, and what it inherits from the list that it is in. */
interface ObjectPlace {
  readonly path: Path;
  readonly listVersion: string | undefined;
  readonly listKind: string | undefined;
  readonly depth: number;
}

function collectObjects(value: unknown, place: ObjectPlace): readonly ManifestObject[] {
  const { path, listVersion, listKind, depth } = place;
  if (typeof value !== 'object' || value === null || depth > maxDepth) return [];
  const apiVersion = nonEmptyText(value, ['apiVersion']) ?? listVersion;
  const kind = nonEmptyText(value, ['kind']) ?? listKind;
  if (kind === undefined) return [];
  const items = valueAt(value, ['items']);
  if (kind.endsWith('List') && Array.isArray(items)) {
    // an item of a PodList has no kind of its own
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length);
    const inherited = { listVersion: apiVersion, listKind: itemKind, depth: depth + 1 };
    return items.flatMap((item, index) => collectObjects(item, { path: [...path, 'items', index], ...inherited }));
  }
  const templatePath = podTemplatePathIn(value, apiVersion, kind);
  return [
    {
      apiVersion,
      kind,
      name: nonEmptyText(value, ['metadata', 'name']) ?? nonEmptyText(value, ['metadata', 'generateName']) ?? '',
      namespace: nonEmptyText(value, ['metadata', 'namespace']),
      value,
      path,
      podPath: templatePath && [...path, ...templatePath],
      isCustom: podTemplatePath(apiVersion, kind) === undefined,
    },
  ];
}

/** Returns the string that the path leads to; undefined if there is none or it is empty. */
export function nonEmptyText(value: unknown, path: readonly string[]): string | undefined {
  const text = valueAt(value, path);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
