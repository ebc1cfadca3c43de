import { isObject } from '../../src/json/json-value.ts';
import type { Json } from './json-tree.ts';

/** How to enlarge a review: only outermost lists grow, or only innermost ones, so that twice the elements are twice the size. */
export interface Growth {
  readonly lists: 'outer' | 'inner';
  /** Whether repeated elements get different names. */
  readonly names: 'different' | 'equal';
}

const maps = ['labels', 'nodeSelector', 'limits', 'requests', 'matchLabels'];
const listsOfItems = ['env', 'volume', 'containers', 'ambassador-access'].map((name) => `downlink.dev/${name}`);
const nameKeys = ['name', 'path', 'mountPath', 'devicePath'];

/** Returns the value with `times` as many elements in its lists, its maps and the lists in its annotations. */
export function grown(value: Json, times: number, growth: Growth, key = ''): Json {
  if (Array.isArray(value)) {
    return growth.lists === 'outer' || !value.some(holdsList)
      ? repeat(value, times, (element, index) => named(element, index, growth))
      : value.map((element) => grown(element, times, growth));
  }
  if (!isObject(value)) return value;
  const entries: [string, Json][] = Object.entries(value).map(([name, child]) => [
    name,
    key === 'annotations' ? grownAnnotation(name, child, times, growth) : grown(child, times, growth, name),
  ]);
  const isMap = maps.includes(key) || key === 'annotations';
  return Object.fromEntries(
    isMap
      ? repeat(entries, times, ([name, child], index) => [
          name.startsWith('downlink.dev/') ? name : numbered(name, index),
          child,
        ])
      : entries,
  );
}

function grownAnnotation(key: string, value: Json, times: number, growth: Growth): Json {
  if (typeof value !== 'string') return value;
  if (key === 'downlink.dev/status') return grownStatus(value, times, growth);
  if (!listsOfItems.includes(key)) return value;
  const items = value.split(/[,\n]/).map((item) => item.trim());
  return repeat(items, times, (item, index) =>
    growth.names === 'equal' ? item : numberedItem(key, item, index),
  ).join();
}

function grownStatus(value: string, times: number, growth: Growth): Json {
  try {
    return JSON.stringify(grown(JSON.parse(value), times, growth));
  } catch {
    return value;
  }
}

/** A name or path gets a number; a group or a bare source stays what it is. */
function numberedItem(key: string, item: string, index: number): string {
  const equals = item.indexOf('=');
  if (equals > 0) return `${numbered(item.slice(0, equals), index)}${item.slice(equals)}`;
  return key === 'downlink.dev/containers' ? numbered(item, index) : item;
}

function named(element: Json, index: number, { names }: Growth): Json {
  if (names === 'equal' || index === 0) return element;
  if (typeof element === 'string') return numbered(element, index);
  if (!isObject(element)) return element;
  const entries = Object.entries(element).map(([key, value]) => [
    key,
    typeof value === 'string' && nameKeys.includes(key) ? numbered(value, index) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Appends a number to a name, the same everywhere, so that references stay valid. */
function numbered(name: string, index: number): string {
  return index === 0 ? name : `${name}-${index}`;
}

function repeat<T>(list: readonly T[], times: number, change: (element: T, index: number) => T): T[] {
  return Array.from({ length: times }, (_, index) => list.map((element) => change(element, index))).flat();
}

function holdsList(value: Json): boolean {
  return Array.isArray(value) || (isObject(value) && (Object.values(value) as Json[]).some(holdsList));
}
