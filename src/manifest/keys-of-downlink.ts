import { annotationPrefix, isGenerated } from '../annotations/annotation-keys.ts';
import { printable } from '../diagnostics/text.ts';
import { isAnnotationName } from '../injection/own-annotations.ts';
import type { Path } from '../json/json-value.ts';

/** A key with the prefix of Downlink in a map of an object. */
export interface FoundKey {
  /** From the object to the map. */
  readonly path: Path;
  readonly key: string;
  readonly value: unknown;
}

const selectors = ['matchLabels', 'selector', 'nodeSelector']; // fields that select by labels
const maxDepth = 20; // nested maps: no Kubernetes object has annotations or labels deeper than that

/** Finds the keys of Downlink in a value at the path of an object, except in selectors and in the maps of these fields. */
export function keysOfDownlink(value: unknown, path: Path, except: ReadonlySet<string>): readonly FoundKey[] {
  if (typeof value !== 'object' || value === null || path.length > maxDepth) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => keysOfDownlink(item, [...path, index], except));
  const isExcepted = selectors.includes(String(path.at(-1))) || except.has(fieldOfPath(path));
  return Object.entries(value).flatMap(([key, child]) => {
    if (!key.startsWith(annotationPrefix)) return keysOfDownlink(child, [...path, key], except);
    const name = key.slice(annotationPrefix.length);
    const isWrittenByDownlink = isAnnotationName(name) && isGenerated(name);
    return isExcepted || isWrittenByDownlink ? [] : [{ path, key, value: child }];
  });
}

/** Returns the path in Kubernetes' notation. */
export function fieldOfPath(path: Path): string {
  return path
    .map((key) =>
      typeof key === 'number' ? `[${key}]` : /[./]/.test(key) ? `[${printable(key)}]` : `.${printable(key)}`,
    )
    .join('')
    .replace(/^\./, '');
}
