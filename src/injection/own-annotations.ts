import {
  type AnnotationName,
  annotationField,
  annotationKey,
  annotationKeys,
  annotationNames,
  annotationPrefix,
} from '../annotations/annotation-keys.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { maxShown, nearest, quote } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import { injectedAnyway, valueErrors } from './annotation-value.ts';
import { modeMeant } from './volume/volume-mode.ts';

/**
 * Returns our annotations by name without the prefix, in the order of their keys, as an API server sends them and a
 * manifest need not. An unknown one, or one that is no string, is an error.
 */
export function readOwnAnnotations(
  annotations: Readonly<Record<string, unknown>>,
  findings: Findings,
): ReadonlyMap<AnnotationName, string> {
  const values = new Map<AnnotationName, string>();
  const ours = Object.keys(annotations).filter((key) => key.startsWith(annotationPrefix));
  for (const key of ours.sort()) {
    const name = key.slice(annotationPrefix.length);
    const value = annotations[key];
    if (!isAnnotationName(name)) {
      reportUnknown(name, value, findings);
    } else if (typeof value !== 'string') {
      findings.errors.push(() => notAString(name, value));
    } else {
      values.set(name, value);
    }
  }
  return values;
}

export function isAnnotationName(name: string): name is AnnotationName {
  return Object.hasOwn(annotationKeys, name);
}

/** Those that a person writes. */
const writable = annotationNames.filter((name) => name !== 'status');

const maxExplained = 100; // no message shows more errors than that, and to find what was meant takes time

/** Adds the error of an annotation that is none, with the one that was meant, and what is wrong with its value then. */
function reportUnknown(name: string, value: unknown, findings: Findings): void {
  const field = annotationField(name);
  const near = findings.errors.total < maxExplained ? nearestAnnotation(name, value) : undefined;
  findings.errors.push(() => ({ field, kind: 'Forbidden', detail: `unknown annotation; ${hintOf(near)}` }));
  for (const error of near === undefined ? [] : errorsOf(near, value)) findings.errors.push({ ...error, field });
}

/** Returns the clause of an unknown annotation's message that says what there is. */
export function hintOf(near: AnnotationName | undefined): string {
  return near === undefined ? `known are ${writable.join(', ')}` : `did you mean ${annotationKey(near)}?`;
}

/** Returns the annotation that somebody meant with another key: `volumePath`, `port`. */
export function nearestAnnotation(name: string, value: unknown): AnnotationName | undefined {
  if (name.length > maxShown) return undefined;
  const spelt = name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/[_.]/g, '-')
    .toLowerCase();
  const sameEnd = writable.filter((one) => one.endsWith(`-${spelt}`));
  const near = (nearest(spelt, writable) ?? (sameEnd.length === 1 ? sameEnd[0] : undefined)) as
    | AnnotationName
    | undefined;
  // whether there is a sidecar, and not of which kind
  if (near === 'ambassador-sidecar' && errorsOf('ambassador', value).length === 0) return 'ambassador';
  // of `inject` the name alone says the opposite of what most people mean
  return near === 'inject' && errorsOf(near, value).length > 0 ? undefined : near;
}

/** Returns what is wrong with the value of an annotation, whatever else the pod has. */
export function errorsOf(name: AnnotationName, value: unknown): readonly FieldError[] {
  return typeof value === 'string' ? valueErrors(name, value) : [notAString(name, value)];
}

/**
 * Returns the error of a value that is no string, with the string that it was meant to be. An API server has decoded the pod
 * already; a manifest on disk can hold anything, however deeply nested. `written` is how the manifest has a value that YAML
 * makes something else of: 0644 is 420 to it, and yes is true.
 */
export function notAString(name: AnnotationName, value: unknown, written?: string): FieldError {
  const right = stringsMeant(name, value, written).find(
    (text) => text !== '' && text.length <= maxShown && valueErrors(name, text).length === 0,
  );
  const isShown = written !== undefined && written !== '' && written !== String(value);
  const is = isShown ? `, and without quotes ${written} is` : ' and is';
  const write = right === undefined ? `for example ${quote(annotationKeys[name].example)}` : `write ${quote(right)}`;
  // the example of `inject` says the opposite of what most people mean
  const mend = name === 'inject' && right === undefined ? injectedAnyway : `${write}, with the quotes`;
  return {
    field: annotationField(name),
    kind: 'Invalid',
    detail: `must be a string${is} ${kindOf(value)}; ${mend}`,
  };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `the ${typeof value} ${String(value)}`;
}

/** What the value may have been meant to be, the likeliest first. */
function stringsMeant(name: AnnotationName, value: unknown, written: string | undefined): readonly string[] {
  if (typeof value === 'number' || typeof value === 'boolean') {
    const texts = written === undefined ? [String(value)] : [written, String(value)];
    const modes = name === 'volume-mode' ? texts.flatMap((text) => modeMeant(text) ?? []) : [];
    return written === undefined ? [...modes, ...texts] : [written, ...modes, ...texts];
  }
  const items = Array.isArray(value) ? value.slice(0, maxShown) : [value];
  const texts = items.flatMap((item) =>
    isObject(item) ? Object.entries(item).map(([key, source]) => `${key}=${textOf(source)}`) : textOf(item),
  );
  return value === null || value === undefined ? [] : [texts.join(', ')];
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? '' : String(value);
}
