import {
  type AnnotationName,
  annotationField,
  annotationKey,
  annotationKeys,
  annotationPrefix,
  writableAnnotations,
} from '../annotations/annotation-keys.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { maxShown, nearest, quote } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import { injectedAnyway, valueErrors } from './annotation-value.ts';
import { modeMeant } from './volume/volume-mode.ts';

/**
 * Returns the values of our annotations, by name without the prefix. They are sorted by key: an API server sends them in
 * this order, but a manifest can have any order. An unknown annotation, or a value that is not a string, is an error.
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

const maxExplained = 100; // no message shows more errors, and suggestions take time

/** Reports an unknown annotation and, if it is a misspelled one, what is wrong with its value. */
function reportUnknown(name: string, value: unknown, findings: Findings): void {
  const field = annotationField(name);
  const near = findings.errors.total < maxExplained ? nearestAnnotation(name, value) : undefined;
  findings.errors.push(() => ({ field, kind: 'Forbidden', detail: `unknown annotation; ${hintOf(near)}` }));
  for (const error of near === undefined ? [] : errorsOf(near, value)) findings.errors.push({ ...error, field });
}

/** Returns advice about an unknown annotation: the one that was probably meant, or all of them. */
export function hintOf(near: AnnotationName | undefined): string {
  return near === undefined
    ? `supported annotations: ${writableAnnotations.join(', ')}`
    : `did you mean ${annotationKey(near)}?`;
}

/** Returns the annotation that was probably meant by an unknown one: `volumePath`, `port`. */
export function nearestAnnotation(name: string, value: unknown): AnnotationName | undefined {
  if (name.length > maxShown) return undefined;
  const normalized = name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/[_.]/g, '-')
    .toLowerCase();
  const sameEnd = writableAnnotations.filter((one) => one.endsWith(`-${normalized}`));
  const near = (nearest(normalized, writableAnnotations) ?? (sameEnd.length === 1 ? sameEnd[0] : undefined)) as
    | AnnotationName
    | undefined;
  // `sidecar: "true"` requests a sidecar and does not choose its kind
  if (near === 'ambassador-sidecar' && errorsOf('ambassador', value).length === 0) return 'ambassador';
  // `inject` can only opt out, which is rarely what a similar unknown annotation means
  return near === 'inject' && errorsOf(near, value).length > 0 ? undefined : near;
}

/** Returns what is wrong with the value of an annotation, regardless of the rest of the pod. */
export function errorsOf(name: AnnotationName, value: unknown): readonly FieldError[] {
  return typeof value === 'string' ? valueErrors(name, value) : [notAString(name, value)];
}

/**
 * Returns the error of a value that is not a string, and suggests the string that was probably meant. Only manifests have such
 * values, since an API server rejects them. `written` is the text in the manifest: YAML reads 0644 as 420, and yes as true.
 */
export function notAString(name: AnnotationName, value: unknown, written?: string): FieldError {
  const suggestion = stringsMeant(name, value, written).find(
    (text) => text !== '' && text.length <= maxShown && valueErrors(name, text).length === 0,
  );
  const isShown = written !== undefined && written !== '' && written !== String(value);
  const is = isShown ? `, but without quotes ${written} is` : ', but it is';
  const write =
    suggestion === undefined ? `for example ${quote(annotationKeys[name].example)}` : `write ${quote(suggestion)}`;
  const advice = name === 'inject' && suggestion === undefined ? injectedAnyway : `${write}, with the quotes`;
  return {
    field: annotationField(name),
    kind: 'Invalid',
    detail: `must be a string${is} ${kindOf(value)}; ${advice}`,
  };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `the ${typeof value} ${String(value)}`;
}

/** Returns the strings that may have been meant, the most likely one first. */
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
