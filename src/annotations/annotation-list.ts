import type { Findings } from '../diagnostics/findings.ts';
import { type AnnotationName, annotationField } from './annotation-keys.ts';

const maxItems = 1000; // far more than anybody can mean; it bounds the work that one pod can cause

/** The items of a list: separated by commas or newlines, spaces around them and empty items ignored. */
export function splitList(value: string): readonly string[] {
  const items: string[] = [];
  for (const part of value.split(/[,\n]/)) {
    const item = part.trim();
    if (item !== '') items.push(item);
  }
  return items;
}

/** Whether a list has no items. */
export function isEmptyList(value: string): boolean {
  return !/[^\s,]/.test(value);
}

/** The items of an annotation, each once. Too many of them are an error, and then there are none. */
export function parseList(name: AnnotationName, value: string, findings: Findings): readonly string[] {
  const items = [...new Set(splitList(value))];
  if (items.length <= maxItems) return items;
  const detail = `must have at most ${maxItems} items and has ${items.length}`;
  findings.errors.push({ field: annotationField(name), kind: 'TooLong', detail });
  return [];
}
