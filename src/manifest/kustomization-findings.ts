import { mapFound } from '../diagnostics/findings.ts';
import type { Path } from '../json/json-value.ts';
import { positionsInside } from '../yaml-edit/embedded-text.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { type SourceDocument, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { commonAnnotationsOf, type PatchTarget, patchesOf } from './kustomization.ts';
import { keysOfField, listFindings, type ManifestFinding } from './manifest-finding.ts';
import type { ManifestOptions } from './manifest-options.ts';
import { decideOnPartialPod } from './partial-pod.ts';
import { createPlacedFindings } from './placed-findings.ts';

/** A document of a patch that a kustomization contains. */
export interface InlinePatch {
  readonly source: SourceDocument;
  /** Converts offsets of the patch into positions in the file of the kustomization. */
  readonly positions: Positions;
  readonly target: PatchTarget;
}

/** Returns the documents of the patches that a kustomization contains as text. */
export function inlinePatches(document: YamlDocument, root: Path, positions: Positions): readonly InlinePatch[] {
  return patchesOf(document.value, root).flatMap(({ path, content, target }) => {
    if (content.kind !== 'text') return [];
    const inside = positionsInside(document, path, content.value, positions);
    return splitDocuments(content.value).map((source) => ({ source, positions: inside, target }));
  });
}

/** Finds what is wrong with the annotations that a kustomization adds to everything. */
export function commonAnnotationFindings(
  document: YamlDocument,
  root: Path,
  options: ManifestOptions,
  positions: Positions,
): readonly ManifestFinding[] {
  const common = commonAnnotationsOf(document.value, root);
  if (common === undefined) return [];
  const { errors, warnings } = decideOnPartialPod({ metadata: { annotations: common.value } }, options);
  const { error, warning } = createPlacedFindings({ document, positions, object: undefined, placeOf: keysOfField });
  const atRoot = <T extends { readonly field: string }>(found: T): T => ({
    ...found,
    field: found.field.replace('metadata.annotations', common.path.join('.')),
  });
  return [
    ...listFindings(mapFound(mapFound(errors, atRoot), error)),
    ...listFindings(mapFound(mapFound(warnings, atRoot), warning)),
  ];
}
