import type { FieldError } from '../diagnostics/field-error.ts';
import { maxShown, nearest, quote } from '../diagnostics/text.ts';

/** A parsed value, or why the text is invalid. A parser does not know which annotation or setting the text belongs to. */
export type ParsedValue<T> = { readonly kind: 'valid'; readonly value: T } | InvalidValue;

export interface InvalidValue {
  readonly kind: 'invalid';
  /** The error without its field and value. */
  readonly error: Pick<FieldError, 'kind' | 'detail'>;
}

/** Parses the text of an annotation or a setting. */
export type ValueParser<T> = (text: string) => ParsedValue<T>;

export function valid<T>(value: T): ParsedValue<T> {
  return { kind: 'valid', value };
}

export function invalid(detail: string): InvalidValue {
  return { kind: 'invalid', error: { kind: 'Invalid', detail } };
}

/** Returns the error for an unsupported value, with the supported ones and a suggestion. */
export function unsupported(supported: readonly string[], suggestion: string | undefined): InvalidValue {
  const hint = suggestion === undefined ? '' : `; did you mean ${quote(suggestion)}?`;
  const detail = `supported values: ${supported.map(quote).join(', ')}${hint}`;
  return { kind: 'invalid', error: { kind: 'NotSupported', detail } };
}

/** Returns a parser that accepts only these words. */
export function oneOf<T extends string>(words: readonly T[]): ValueParser<T> {
  return (text) => {
    const word = words.find((one) => one === text);
    return word === undefined ? unsupported(words, suggestWord(text, words)) : valid(word);
  };
}

const on = /^(?:y|yes|on|1|enabled?)$/i; // other words for true and false, in YAML and elsewhere
const off = /^(?:n|no|off|0|disabled?|none)$/i;

/** Returns the supported word that the text most likely means; undefined if none is similar. */
export function suggestWord(text: string, supported: readonly string[]): string | undefined {
  if (text.length > maxShown) return undefined;
  const word = text.trim().replace(/^["']+|["']+$/g, '');
  const boolean = on.test(word) ? 'true' : off.test(word) ? 'false' : undefined;
  return supported.find((one) => one === boolean) ?? nearest(word, supported);
}

const parseWord = oneOf(['true', 'false']);

/** Parses `true` or `false`. */
export function parseBoolean(text: string): ParsedValue<boolean> {
  const parsed = parseWord(text);
  return parsed.kind === 'valid' ? valid(parsed.value === 'true') : parsed;
}
