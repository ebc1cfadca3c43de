import type { Findings } from '../diagnostics/findings.ts';
import { type AnnotationName, annotationField } from './annotation-keys.ts';

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

/** Reports whether a list has no items. */
export function isEmptyList(value: string): boolean {
  return !/[^\s,]/.test(value);
}

/** Returns the items of an annotation without duplicates. If there are too many, adds an error and returns none. */
export function parseList(name: AnnotationName, value: string, findings: Findings): readonly string[] {
  const items = [...new Set(splitList(value))];
  if (items.length <= maxItems) return items;
  const detail = `must have at most ${maxItems} items, but has ${items.length}`;
  findings.errors.push({ field: annotationField(name), kind: 'TooLong', detail });
  return [];
}
