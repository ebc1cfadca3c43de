import { annotationPrefix } from '../annotations/annotation-keys.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector, type Found, foundAll, mapFound } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import { reviewOf } from '../injection/review-workload.ts';
import { isObject, type Path, valueAt } from '../json/json-value.ts';
import { podTemplatePath, templateShapes } from '../kubernetes/pod-template-path.ts';
import type { Positions } from '../yaml-edit/text-lines.ts';
import type { YamlDocument } from '../yaml-edit/yaml-document.ts';
import { fieldOfPath } from './keys-of-downlink.ts';
import type { PatchTarget } from './kustomization.ts';
import { keysOfField, listFindings, type ManifestFinding } from './manifest-finding.ts';
import { displayName } from './manifest-objects.ts';
import type { ManifestOptions } from './manifest-options.ts';
import { decideOnPartialPod } from './partial-pod.ts';
import { createPlacedFindings } from './placed-findings.ts';

/** An operation of a JSON Patch that sets a value or names a place. */
interface PatchOperation {
  readonly index: number;
  /** The decoded pointer. */
  readonly path: readonly string[];
  readonly pointer: string;
  /** Undefined for an operation that sets none. */
  readonly value: unknown;
}

/** What the operations of a patch make of an empty object, and where in the document each of its annotations is. */
interface PatchedObject {
  readonly object: Readonly<Record<string, unknown>>;
  /** By field. */
  readonly places: ReadonlyMap<string, Path>;
}

/** Reports whether a document is a JSON Patch: a list of operations. Source: https://www.rfc-editor.org/rfc/rfc6902 */
export function isJsonPatch(value: unknown): boolean {
  const isOperation = (one: unknown) =>
    isObject(one) && typeof one['op'] === 'string' && typeof one['path'] === 'string';
  return Array.isArray(value) && value.length > 0 && value.every(isOperation);
}

/**
 * Reviews the annotations that a JSON Patch sets, as far as they do not depend on the rest of the pod, and finds pointers with
 * a slash in the key of an annotation.
 */
export function reviewJsonPatch(
  document: YamlDocument,
  target: PatchTarget,
  options: ManifestOptions,
  positions: Positions,
): readonly ManifestFinding[] {
  const operations = operationsIn(document.value as readonly Readonly<Record<string, unknown>>[]);
  const { object, places } = patchedObject(operations);
  const { error, warning } = createPlacedFindings({
    document,
    positions,
    object: target.kind && displayName({ kind: target.kind, name: target.name ?? '' }),
    placeOf: (field) => places.get(field) ?? keysOfField(field),
  });
  return [
    ...listFindings(mapFound(unescapedKeys(operations), error)),
    ...templatesIn(object, target.kind, places).flatMap((templatePath) => {
      const decision = decideOnPartialPod(valueAt(object, templatePath), options);
      const { errors, misplaced, warnings } = reviewOf(object, { templatePath, isCustom: false }, decision);
      const isWorkload = target.kind !== undefined; // else, the annotations of the object may be those of a Pod
      return [
        ...listFindings(mapFound(errors, error)),
        ...listFindings(mapFound(isWorkload ? misplaced : foundAll([]), (found) => asError(warning(found)))),
        ...listFindings(mapFound(warnings, warning)),
      ];
    }),
  ];
}

/** Returns a misplaced annotation as lint reports it. */
function asError(finding: ManifestFinding): ManifestFinding {
  return { ...finding, severity: 'error' };
}

function operationsIn(list: readonly Readonly<Record<string, unknown>>[]): readonly PatchOperation[] {
  return list.map(({ op, path, value }, index) => {
    const pointer = String(path);
    const keys = pointer
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    return { index, pointer, path: keys, value: op === 'add' || op === 'replace' ? value : undefined };
  });
}

const maxDepth = 20; // keys of a pointer: no annotation is deeper than that

function patchedObject(operations: readonly PatchOperation[]): PatchedObject {
  const object: Record<string, unknown> = {};
  const own = new Set<unknown>([object]); // the maps that are not values of the document
  const places = new Map<string, Path>();
  for (const { index, path, value } of operations) {
    if (value === undefined || path.length === 0 || path.length > maxDepth) continue;
    let parent = object;
    for (const key of path.slice(0, -1)) {
      const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
      const next: Record<string, unknown> = !isObject(child) ? {} : own.has(child) ? child : { ...child };
      own.add(next);
      define(parent, key, next);
      parent = next;
    }
    define(parent, path.at(-1) ?? '', value);
    collectPlaces(value, path, [index, 'value'], places);
  }
  return { object, places };
}

/** Sets a member of any name, even `__proto__`. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function collectPlaces(value: unknown, path: Path, place: Path, places: Map<string, Path>): void {
  if (String(path.at(-1)).startsWith(annotationPrefix)) places.set(fieldOfPath(path), place);
  else if (isObject(value) && path.length <= maxDepth)
    for (const [key, child] of Object.entries(value)) collectPlaces(child, [...path, key], [...place, key], places);
}

/** Returns the paths of the pod templates that the patch may be about: that of the target's kind, else of what it sets. */
function templatesIn(
  object: unknown,
  kind: string | undefined,
  places: ReadonlyMap<string, Path>,
): readonly (readonly string[])[] {
  const known = podTemplatePath(kind === 'Pod' ? 'v1' : 'apps/v1', kind);
  if (known !== undefined) return [known];
  const fields = [...places.keys()];
  const isSet = (shape: readonly string[]) =>
    valueAt(object, shape) !== undefined &&
    fields.some((field) => field.startsWith(`${[...shape, 'metadata', 'annotations'].join('.')}[`));
  // without a kind, annotations of the object itself may be those of a Pod
  return [...templateShapes, ...(kind === undefined ? [[]] : [])].filter(isSet);
}

/** Finds pointers such as `/metadata/annotations/downlink.dev/env`, whose slash separates two keys. */
function unescapedKeys(operations: readonly PatchOperation[]): Found<FieldError> {
  const errors = createCollector<FieldError>();
  const domain = annotationPrefix.slice(0, -1);
  for (const { index, path, pointer } of operations) {
    const at = path.indexOf(domain);
    const name = path[at + 1];
    if (at < 0 || name === undefined || !['annotations', 'labels'].includes(path[at - 1] ?? '')) continue;
    errors.push(() => {
      const detail = `in a JSON Patch, the slash in a key is written ~1: ${domain}~1${printable(name)}`;
      return { field: `[${index}].path`, kind: 'Invalid', value: pointer, detail };
    });
  }
  return errors;
}
