import type { Findings } from '../diagnostics/findings.ts';
import { type AnnotationName, annotationField } from './annotation-keys.ts';
import { closingQuote } from './quoted-text.ts';

const maxItems = 1000; // limits the work that one pod can cause; no pod needs that many

/** Splits a list at commas and newlines. Ignores empty items, and spaces around items. */
export function splitList(value: string): readonly string[] {
  const items: string[] = [];
  for (const part of value.split(/[,\n]/)) {
    const item = part.trim();
    if (item !== '') items.push(item);
  }
  return items;
}

/** Splits a list of items like {@link splitList}, but not within the quotes of a text: `NAME="one, two"`. */
export function splitItems(value: string): readonly string[] {
  if (!value.includes('"')) return splitList(value);
  const items: string[] = [];
  for (let start = 0, end = 0; start < value.length; start = end + 1) {
    end = endOfItem(value, start);
    const item = value.slice(start, end).trim();
    if (item !== '') items.push(item);
  }
  return items;
}

/**
 * Returns the index of the separator that ends an item. A text without a closing quote ends there, too; there is at most one,
 * because the opening quote of a later one would close it.
 */
function endOfItem(value: string, start: number): number {
  const opening = /[^,\n=]*=[^\S\n]*"/y;
  opening.lastIndex = start;
  const from = opening.test(value) ? opening.lastIndex : start;
  const closing = from === start ? -1 : closingQuote(value, from);
  const separator = /[,\n]/g;
  separator.lastIndex = closing < 0 ? from : closing;
  return separator.exec(value)?.index ?? value.length;
}

/** Reports whether a list has no items. */
export function isEmptyList(value: string): boolean {
  return !/[^\s,]/.test(value);
}

/** Returns the elements of an annotation without duplicates. If there are too many, adds an error and returns none. */
export function parseList(
  name: AnnotationName,
  value: string,
  findings: Findings,
  split: typeof splitList = splitList,
): readonly string[] {
  const items = [...new Set(split(value))];
  if (items.length <= maxItems) return items;
  const detail = `must have at most ${maxItems} items, but has ${items.length}`;
  findings.errors.push({ field: annotationField(name), kind: 'TooLong', detail });
  return [];
}
