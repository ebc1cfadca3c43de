import { type Path, valueAt } from '../json/json-value.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';

/** A Kubernetes object of a document, by itself or as an item of a list. */
export interface ManifestObject {
  readonly kind: string;
  readonly name: string;
  /** Undefined where the manifest has none. */
  readonly namespace: string | undefined;
  readonly value: unknown;
  /** From the document's root. */
  readonly path: Path;
  /** Where its pod is: the object itself, or the template of a workload; undefined for any other object. */
  readonly podPath: Path | undefined;
}

const maxDepth = 8; // lists within lists; kubectl itself takes one

/** The objects of a document; lists give their items. */
export function objectsOf(value: unknown): readonly ManifestObject[] {
  return collect(value, [], undefined, undefined, 0);
}

function collect(
  value: unknown,
  path: Path,
  listVersion: string | undefined,
  listKind: string | undefined,
  depth: number,
): readonly ManifestObject[] {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return [];
  const apiVersion = textAt(value, ['apiVersion']) ?? listVersion;
  const kind = textAt(value, ['kind']) ?? listKind;
  if (kind === undefined) return [];
  const items = valueAt(value, ['items']);
  if (kind.endsWith('List') && Array.isArray(items)) {
    // an item of a PodList has no kind of its own
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length);
    return items.flatMap((item, index) => collect(item, [...path, 'items', index], apiVersion, itemKind, depth + 1));
  }
  const templatePath = podTemplatePath(apiVersion, kind);
  return [
    {
      kind,
      name: textAt(value, ['metadata', 'name']) ?? textAt(value, ['metadata', 'generateName']) ?? '',
      namespace: textAt(value, ['metadata', 'namespace']),
      value,
      path,
      podPath: templatePath && [...path, ...templatePath],
    },
  ];
}

function textAt(value: unknown, path: readonly string[]): string | undefined {
  const text = valueAt(value, path);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
