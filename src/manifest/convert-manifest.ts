import { stringify } from 'yaml';
import { isJson } from '../yaml-edit/block-layout.ts';
import { readDocument } from '../yaml-edit/yaml-document.ts';
import { type SourceDocument, splitDocuments } from '../yaml-edit/yaml-stream.ts';

/** The objects of manifests that `inject` could read, as JSON: one by itself, several as a List, as kubectl gives them. */
export function toJson(manifests: readonly string[]): string {
  const objects = manifests
    .flatMap((text) => splitDocuments(text).map(readValue))
    .filter((value) => value !== undefined);
  const [first] = objects;
  const whole = objects.length === 1 ? first : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** A manifest with its JSON documents written as YAML; those that are YAML stay byte for byte. */
export function toYaml(manifest: string): string {
  return splitDocuments(manifest)
    .map((source) => {
      if (!isJson(source.text)) return source.text;
      const marker = /^\uFEFF?\s*---/.test(source.text) ? '---\n' : '';
      return marker + stringify(readValue(source), { lineWidth: 0, compat: 'yaml-1.1' });
    })
    .join('');
}

function readValue(source: SourceDocument): unknown {
  const document = readDocument(source, true);
  return 'problem' in document ? undefined : document.value;
}
