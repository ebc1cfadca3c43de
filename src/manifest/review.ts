import { type FieldError, formatFieldError } from '../field-error.ts';
import { joinFound, mapFound, type Warning } from '../findings.ts';
import { injectPod, type Outcome } from '../injection/inject-pod.ts';
import { belowTemplate, reviewOf } from '../injection/review-workload.ts';
import { type Path, valueAt } from '../json-value.ts';
import { type ManifestDocument, readDocument } from './document.ts';
import { listFindings, type ManifestFinding, offsetOfField } from './finding.ts';
import { type ManifestObject, objectsOf } from './objects.ts';
import type { ManifestOptions } from './options.ts';
import type { Positions, SourceDocument } from './source.ts';

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
      ...listFindings(mapFound(errors, error)),
      ...listFindings(mapFound(joinFound(misplaced, warnings), warning)),
    ];
    return { ...given, outcome, findings };
  });
}

/** Makes findings about an object of errors and warnings whose fields begin at it. */
export function createFindings(document: ManifestDocument, object: ManifestObject, positions: Positions) {
  const place = (field: string, value?: string) => ({
    object: nameOf(object),
    field,
    ...positions(document.offset + offsetOfField(document, object.path, field, value)),
  });
  return {
    error: (error: FieldError): ManifestFinding => ({
      severity: 'error',
      code: error.kind,
      ...place(error.field, error.value),
      message: formatFieldError(error),
    }),
    warning: ({ code, field, detail }: Warning): ManifestFinding => ({
      severity: 'warning',
      code,
      ...place(field),
      message: `${field}: ${detail}`,
    }),
  };
}

/** The object as kubectl names it. */
export function nameOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return name === '' ? kind : `${kind}/${name}`;
}
