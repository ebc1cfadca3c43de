import { isAlias, isScalar } from 'yaml';
import { annotationKey } from '../annotations/annotation-keys.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { type FieldError, formatFieldError } from '../diagnostics/field-error.ts';
import { joinFound, mapFound, type Warning } from '../diagnostics/findings.ts';
import type { Outcome } from '../injection/decision.ts';
import { injectPod } from '../injection/inject-pod.ts';
import { isAnnotationName, notAString } from '../injection/own-annotations.ts';
import { belowTemplate, reviewOf } from '../injection/review-workload.ts';
import { objectAt, type Path, valueAt } from '../json/json-value.ts';
import { type ManifestDocument, readDocument } from '../yaml-edit/yaml-document.ts';
import { nearestNode } from '../yaml-edit/yaml-nodes.ts';
import type { Positions, SourceDocument } from '../yaml-edit/yaml-stream.ts';
import { downgradeError, keysOfField, listFindings, type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { type ManifestObject, objectsOf } from './manifest-objects.ts';
import type { ManifestOptions } from './manifest-options.ts';

/** An object that has a pod or makes some. */
export interface PodOfDocument {
  readonly object: ManifestObject & { readonly podPath: Path };
  /** From the object to the pod. */
  readonly templatePath: readonly string[];
  /** As it stands there. */
  readonly pod: unknown;
  /** A finding about the pod as one about the object. */
  readonly below: <T extends { readonly field: string }>(finding: T) => T;
}

/** The same with what becomes of the pod. */
export interface ReviewedPod extends PodOfDocument {
  readonly outcome: Outcome;
  readonly findings: readonly ManifestFinding[];
  /** Whether the Kubernetes version decides what it gets, and is not known. */
  readonly needsVersion: boolean;
}

const annotated = /downlink\.dev\\?\//; // JSON may escape the slash

/** Whether a document may hold an annotation of ours; any other one passes as it is. */
export function mentionsDownlink({ text }: SourceDocument): boolean {
  return annotated.test(text);
}

/** The document, or what keeps it from being read. */
export function openDocument(
  source: SourceDocument,
  isOurs: boolean,
  positions: Positions,
): ManifestDocument | ManifestFinding {
  const document = readDocument(source, isOurs);
  if (!('problem' in document)) return document;
  return {
    severity: 'error',
    code: 'syntax',
    object: undefined,
    field: undefined,
    message: document.problem,
    ...positions(document.offset),
  };
}

/** The objects of a document that have a pod or make some. */
export function podsOf(document: ManifestDocument): readonly PodOfDocument[] {
  return objectsOf(document.value).flatMap((object) => {
    const { podPath, path, value } = object;
    if (podPath === undefined) return [];
    const templatePath = podPath.slice(path.length).map(String);
    return [
      {
        object: { ...object, podPath },
        templatePath,
        pod: valueAt(value, templatePath),
        below: (finding) => belowTemplate(templatePath, finding),
      },
    ];
  });
}

/** What becomes of each pod of a document, in the words of the webhook. */
export function reviewDocument(
  document: ManifestDocument,
  options: ManifestOptions,
  positions: Positions,
): readonly ReviewedPod[] {
  return podsOf(document).map((given) => {
    const { object, templatePath, pod } = given;
    const outcome = injectPod(pod, object.namespace ?? options.namespace, options);
    const { errors, misplaced, warnings } = reviewOf(object.value, templatePath, outcome);
    const { error, warning } = createFindings(document, object, positions);
    const findings = [
      ...listFindings(mapFound(errors, outcome.kind === 'denied' ? error : (found) => downgradeError(error(found)))),
      ...listFindings(mapFound(joinFound(misplaced, warnings), warning)),
    ];
    return { ...given, outcome, findings, needsVersion: needsVersion(pod, outcome, options) };
  });
}

/** Whether the pod is to get an ambassador of which the version decides if it is a native sidecar. */
function needsVersion(pod: unknown, outcome: Outcome, options: ManifestOptions): boolean {
  const annotations = objectAt(pod, ['metadata', 'annotations']);
  const kind = String(annotations[annotationKey('ambassador-sidecar')] ?? options.ambassador.sidecar).trim();
  return (
    options.kubernetesVersion === undefined &&
    !(outcome.kind === 'skipped' && outcome.errors.total === 0 && outcome.reason !== 'nothing-to-add') &&
    annotations[annotationKey('ambassador')] === 'true' &&
    kind === 'auto' &&
    !statusOf(pod).containers.has(ambassadorName)
  );
}

/** Makes findings about an object of errors and warnings whose fields begin at it. */
export function createFindings(document: ManifestDocument, object: ManifestObject, positions: Positions) {
  const place = (field: string, value?: string) => ({
    object: nameOf(object),
    field,
    ...positions(document.offset + offsetOfField(document, object.path, field, value)),
  });
  return {
    error: (found: FieldError): ManifestFinding => {
      const error = asWritten(document, object, found);
      return {
        severity: 'error',
        code: error.kind,
        ...place(error.field, error.value),
        message: formatFieldError(error),
      };
    },
    warning: ({ code, field, detail }: Warning): ManifestFinding => ({
      severity: 'warning',
      code,
      ...place(field),
      message: `${field}: ${detail}`,
    }),
  };
}

/**
 * The error of an annotation that is no string, with what the manifest has there: 0644 is the number 420 to YAML, and would
 * else be told as that.
 */
function asWritten(document: ManifestDocument, { path }: ManifestObject, error: FieldError): FieldError {
  const [, name = ''] = /\.annotations\[downlink\.dev\/([\w-]+)\]$/.exec(`.${error.field}`) ?? [];
  if (!isAnnotationName(name) || error.kind !== 'Invalid' || error.value !== undefined) return error;
  const { node } = nearestNode(document, [...path, ...keysOfField(error.field)]);
  const scalar = isAlias(node) ? node.resolve(document.yaml) : node;
  if (!isScalar(scalar) || scalar.source === undefined) return error;
  if (typeof scalar.value !== 'number' && typeof scalar.value !== 'boolean') return error;
  return { ...notAString(name, scalar.value, scalar.source), field: error.field };
}

/** The object as kubectl names it. */
export function nameOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return name === '' ? kind : `${kind}/${name}`;
}
