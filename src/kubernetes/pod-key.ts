import type { ObjectMeta } from './pod.ts';

/** Reports whether the metadata has the label or annotation that a field path names, even with an empty value. */
export function hasKeyOf(metadata: ObjectMeta | null | undefined, fieldPath: string): boolean {
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map === undefined) return true; // any other field exists in every pod
  const values = map === 'labels' ? metadata?.labels : metadata?.annotations;
  return Object.hasOwn(values ?? {}, key);
}

/** Returns the value of a label or annotation; undefined if it is absent or empty. */
export function nonEmptyValue(values: Readonly<Record<string, unknown>> | null | undefined, key: string) {
  const value = values && Object.hasOwn(values, key) ? values[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
