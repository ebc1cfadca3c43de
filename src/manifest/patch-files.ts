import { createPositions } from '../yaml-edit/text-lines.ts';
import { splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { isKustomizationFile, kustomizationPath, patchesOf } from './kustomization.ts';
import { openDocument } from './manifest-document.ts';

/**
 * Returns the files that a kustomization uses as patches, relative to its folder; none if the manifest is not one, or cannot be
 * read. Their objects are partial: see `isPatch` of a manifest.
 */
export function patchFiles({ name, text }: { readonly name: string; readonly text: string }): readonly string[] {
  if (!isKustomizationFile(name)) return [];
  const positions = createPositions(text);
  return splitDocuments(text).flatMap((source) => {
    const opened = openDocument(source, 'value', positions);
    if (opened.kind === 'failure') return [];
    const { value } = opened.document;
    const root = kustomizationPath(value, name);
    const patches = root === undefined ? [] : patchesOf(value, root);
    return patches.flatMap(({ content }) => (content.kind === 'file' ? [content.value] : []));
  });
}
