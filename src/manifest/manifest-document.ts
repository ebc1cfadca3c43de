import type { Positions } from '../yaml-edit/text-lines.ts';
import { readDocument, type YamlDocument } from '../yaml-edit/yaml-document.ts';
import type { SourceDocument } from '../yaml-edit/yaml-stream.ts';
import type { ManifestFinding } from './manifest-finding.ts';

const annotationInText = /downlink\.dev(?:\\?\/|~1)/; // JSON may escape the slash, and a JSON Pointer does
const maxLength = 12 * 1024 * 1024; // characters of one document: reading 10 million takes 1.5 GB of memory

/** A document, or the finding that it cannot be read. */
export type OpenedDocument =
  | { readonly kind: 'document'; readonly document: YamlDocument }
  | {
      readonly kind: 'failure';
      readonly finding: ManifestFinding;
      /** Whether it is a template, which must be rendered first. */
      readonly isTemplate: boolean;
    };

/** Returns whether a document may have a Downlink annotation; any other document is left unchanged. */
export function mentionsDownlink({ text }: SourceDocument): boolean {
  if (annotationInText.test(text)) return true;
  return text.includes('\\') && annotationInText.test(withoutEscapes(text));
}

/** Replaces the escapes by which any character can be written within double quotes, and joins lines that are continued. */
function withoutEscapes(text: string): string {
  const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|\r?\n[ \t]*)/g;
  return text.replace(escapes, (_, two?: string, four?: string, eight?: string) => {
    const code = Number.parseInt(two ?? four ?? eight ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** Reads a document, or for `syntax` only checks that it is YAML. */
export function openDocument(source: SourceDocument, depth: 'syntax' | 'value', positions: Positions): OpenedDocument {
  const result = source.text.length > maxLength ? tooLong(source) : readDocument(source, depth);
  if (result.kind === 'document') return result;
  const finding: ManifestFinding = {
    severity: 'error',
    code: 'syntax',
    object: undefined,
    field: undefined,
    message: result.problem,
    ...positions(result.offset),
  };
  return { kind: 'failure', finding, isTemplate: result.isTemplate };
}

function tooLong({ offset }: SourceDocument) {
  const problem = `one document has more than ${maxLength} characters; split its List into one document per object, separated by "---"`;
  return { kind: 'failure', offset, problem, isTemplate: false } as const;
}
