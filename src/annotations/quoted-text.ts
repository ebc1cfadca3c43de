import { printable, quote } from '../diagnostics/text.ts';
import type { TextSource } from './env-source.ts';

/** Why a string is not a text in double quotes. */
export interface TextProblem {
  readonly kind: 'wrong-text';
  /** A clause: `the closing quote is missing`. */
  readonly problem: string;
}

/** Returns the index of the quote that closes a text, from the index after its opening quote on; -1 if there is none. */
export function closingQuote(value: string, from: number): number {
  for (let index = from; index < value.length; index++) {
    const character = value.charAt(index);
    if (character === '\\') index++;
    else if (character === '"') return index;
  }
  return -1;
}

/** Returns a text in double quotes, with `"` and `\` escaped. */
export function quoteText(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Parses a string that starts with a double quote. `\"` and `\\` stand for `"` and `\`; there are no other escapes. */
export function parseQuotedText(quoted: string): TextSource | TextProblem {
  const end = closingQuote(quoted, 1);
  if (end < 0) return { kind: 'wrong-text', problem: 'the closing quote of the text is missing' };
  if (end < quoted.length - 1) {
    return { kind: 'wrong-text', problem: `unexpected ${quote(quoted.slice(end + 1).trim())} after the closing quote` };
  }
  let unknown: string | undefined;
  const text = quoted.slice(1, end).replace(/\\(.)/gsu, (pair, character: string) => {
    if (character !== '"' && character !== '\\') unknown ??= pair;
    return character;
  });
  return unknown === undefined ? { kind: 'text', text } : { kind: 'wrong-text', problem: escapeProblem(unknown) };
}

/** What other languages mean by an escape. */
const otherEscapes: Readonly<Record<string, string>> = { '\\n': 'a newline', '\\t': 'a tab' };

function escapeProblem(pair: string): string {
  const meaning = otherEscapes[pair];
  if (meaning !== undefined) return `${meaning} is written as itself and not as ${pair}`;
  return `unknown escape \\${printable(pair.slice(1))}; the escapes are \\" and \\\\`;
}

/**
 * Returns what a text probably means whose quotes or escapes are wrong: single or typographic quotes, a missing closing quote,
 * quotes without a backslash. Undefined if it does not start with a quote.
 */
export function textMeant(written: string): string | undefined {
  if (!/^["'`“‘„«]/.test(written)) return undefined;
  const opened = written.slice(1);
  const isClosed = /["'`”’“‘»]$/.test(opened) && !/(?:^|[^\\])(?:\\\\)*\\"$/.test(opened);
  const end = isClosed || !written.startsWith('"') ? -1 : closingQuote(opened, 0);
  const inner = isClosed ? opened.slice(0, -1) : end < 0 ? opened : opened.slice(0, end) + opened.slice(end + 1);
  return inner.replace(/\\(["\\nt])/g, (_, character: string) => {
    const other = { n: '\n', t: '\t' }[character];
    return other ?? character;
  });
}
