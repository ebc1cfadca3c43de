import { stringify } from 'yaml';
import { isJson } from '../yaml-edit/block-layout.ts';
import { exactJson, exactValue } from '../yaml-edit/exact-value.ts';
import { readDocument } from '../yaml-edit/yaml-document.ts';
import { type SourceDocument, splitDocuments } from '../yaml-edit/yaml-stream.ts';

/**
 * Converts manifests to JSON: one object by itself, several as a List, as kubectl prints them. `inject` must have been
 * able to read them.
 */
export function toJson(manifests: readonly string[]): string {
  const objects = manifests
    .flatMap((text) => splitDocuments(text).map(readValue))
    .filter((value) => value !== undefined);
  const [first] = objects;
  const whole = objects.length === 1 ? first : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${exactJson(whole)}\n`;
}

/** Converts the JSON documents of a manifest to YAML; YAML documents are unchanged byte for byte. */
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
  const result = readDocument(source, 'value');
  return result.kind === 'document' ? exactValue(result.document) : undefined;
}
