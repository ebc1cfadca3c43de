import { isObject, listAt, objectAt, type Path, valueAt } from '../json/json-value.ts';
import { nonEmptyText } from './manifest-objects.ts';

/** The object that a patch is for, as far as a kustomization says so. */
export interface PatchTarget {
  readonly kind: string | undefined;
  readonly name: string | undefined;
}

/** A patch in a kustomization: its text, or the file that has it. */
export interface KustomizePatch {
  /** From the root of the document to the text or to the name of the file. */
  readonly path: Path;
  readonly content: { readonly kind: 'text' | 'file'; readonly value: string };
  readonly target: PatchTarget;
}

/** Annotations that a kustomization adds to all objects and pod templates. */
export interface CommonAnnotations {
  /** From the root of the document. */
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

const maxPatches = 10_000; // of one kustomization

/**
 * Returns where an object has the fields of a kustomization: at its root, or in the objects of Flux and Argo CD that contain
 * some of these fields; undefined for any other object. `name` is that of its file: kind and apiVersion are optional.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function kustomizationPath(object: unknown, name: string): Path | undefined {
  const [apiVersion, kind] = [nonEmptyText(object, ['apiVersion']), nonEmptyText(object, ['kind'])];
  if (apiVersion === undefined && kind === undefined) return isKustomizationFile(name) ? [] : undefined;
  if (apiVersion === undefined || apiVersion.startsWith('kustomize.config.k8s.io/'))
    return kind === 'Kustomization' || kind === 'Component' || kind === undefined ? [] : undefined;
  if (apiVersion.startsWith('kustomize.toolkit.fluxcd.io/') && kind === 'Kustomization') return ['spec'];
  return apiVersion.startsWith('argoproj.io/') && kind === 'Application' ? ['spec', 'source', 'kustomize'] : undefined;
}

/** Reports whether a file has the name that Kustomize looks for. */
export function isKustomizationFile(name: string): boolean {
  return /(?:^|[\\/])(?:kustomization\.ya?ml|Kustomization)$/.test(name);
}

/** Returns the patches of a kustomization. */
export function patchesOf(object: unknown, root: Path): readonly KustomizePatch[] {
  const entriesOf = (field: string) =>
    listAt(object, [...root, field])
      .slice(0, maxPatches)
      .entries();
  const patches: KustomizePatch[] = [];
  for (const field of ['patches', 'patchesJson6902']) {
    for (const [index, entry] of entriesOf(field)) {
      const target = { kind: nonEmptyText(entry, ['target', 'kind']), name: nonEmptyText(entry, ['target', 'name']) };
      for (const [key, kind] of [['patch', 'text'] as const, ['path', 'file'] as const]) {
        const value = nonEmptyText(entry, [key]);
        if (value !== undefined) patches.push({ path: [...root, field, index, key], content: { kind, value }, target });
      }
    }
  }
  for (const [index, value] of entriesOf('patchesStrategicMerge')) {
    if (typeof value !== 'string' || value === '') continue;
    const content = { kind: /^\s*\{|\n/.test(value) ? 'text' : 'file', value } as const;
    patches.push({
      path: [...root, 'patchesStrategicMerge', index],
      content,
      target: { kind: undefined, name: undefined },
    });
  }
  return patches;
}

/** Returns the annotations that a kustomization adds; undefined if there are none. */
export function commonAnnotationsOf(object: unknown, root: Path): CommonAnnotations | undefined {
  const path = [...root, 'commonAnnotations'];
  return isObject(valueAt(object, path)) ? { path, value: objectAt(object, path) } : undefined;
}
