import { Document, stringify, visit } from 'yaml';
import type { Style } from './block-layout.ts';

const plain = { lineWidth: 0, compat: 'yaml-1.1' } as const; // long arguments stay on one line

/** Renders a value as lines of YAML, each indented by `column` spaces and ending with a line break. */
export function renderBlock(value: unknown, column: number, { indent, indentSeq, newline }: Style): string {
  const text = stringify(value, { ...plain, indent, indentSeq, aliasDuplicateObjects: false });
  const margin = ' '.repeat(column);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${margin}${line}${newline}`)
    .join('');
}

/** Renders a value for use inside brackets: on one line, or as JSON on several if that is the surrounding style. */
export function renderFlow(
  value: unknown,
  { json, newline }: Style,
  lines: { unit: string; margin: string } | undefined,
): string {
  if (json) {
    if (lines === undefined) return JSON.stringify(value);
    return JSON.stringify(value, null, lines.unit).replaceAll('\n', `${newline}${lines.margin}`);
  }
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Collection: (_, collection) => {
      collection.flow = true;
    },
    Scalar: (_, scalar) => {
      // without quotes, text of several lines would be folded, and its indentation would depend on where it is inserted
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ ...plain, doubleQuotedAsJSON: true }).trimEnd(); // JSON quotes keep any text on one line
}

/** Renders a key and its value for use inside brackets. */
export function renderFlowPair(
  key: string,
  value: unknown,
  style: Style,
  lines: { unit: string; margin: string } | undefined,
): string {
  const name = style.json ? JSON.stringify(key) : renderFlow(key, style, undefined);
  return `${name}:${style.json ? style.json.space : ' '}${renderFlow(value, style, lines)}`;
}
