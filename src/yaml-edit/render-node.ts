import { Document, visit } from 'yaml';
import type { Style } from './block-layout.ts';

const plain = { lineWidth: 0 } as const; // long arguments stay on one line
/** `compat` quotes texts such as `on`, which YAML 1.1 reads as something else. */
const options = { compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;
/** Delete and the control characters after it, the line breaks of Unicode, and the byte order mark. */
const special = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/** Renders a value as lines of YAML, each indented by `column` spaces and ending with a line break. */
export function renderBlock(value: unknown, column: number, { indent, indentSeq, newline }: Style): string {
  const document = new Document(value, options);
  visit(document, {
    Scalar: (_, scalar) => {
      if (needsEscapes(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  const margin = ' '.repeat(column);
  return escaped(document.toString({ ...plain, indent, indentSeq }))
    .replace(/\n$/, '')
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
    if (lines === undefined) return escaped(JSON.stringify(value));
    return escaped(JSON.stringify(value, null, lines.unit)).replaceAll('\n', `${newline}${lines.margin}`);
  }
  const document = new Document(value, options);
  visit(document, {
    Collection: (_, collection) => {
      collection.flow = true;
    },
    Scalar: (_, scalar) => {
      // without quotes, text of several lines would be folded, and its indentation would depend on where it is inserted
      const isLong = typeof scalar.value === 'string' && scalar.value.includes('\n');
      if (isLong || needsEscapes(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ ...plain, doubleQuotedAsJSON: true }); // JSON quotes keep any text on one line
  return escaped(text).replace(/\n$/, '');
}

/** Reports whether a text has characters that YAML does not allow as they are, or that kubectl reads as line breaks. */
function needsEscapes(value: unknown): boolean {
  return typeof value === 'string' && value.search(special) >= 0;
}

/** Replaces these characters, which are only within double quotes, by their escapes. */
function escaped(text: string): string {
  return text.replace(special, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
