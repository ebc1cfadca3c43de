import { type FieldError, fieldErrorKinds, formatCause, formatFieldError } from '../field-error.ts';
import { formatWarning, type Warning } from '../findings.ts';
import { type Addition, formatPatch } from '../json-patch.ts';
import { type AdmissionRequest, admissionApiVersion } from './review.ts';

/** An AdmissionReview with a response, as it is sent. */
export interface AdmissionReviewResponse {
  readonly apiVersion: typeof admissionApiVersion;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patchType?: 'JSONPatch';
  /** Base64 of the JSON Patch. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly status?: {
    readonly status: 'Failure';
    readonly code: 422;
    readonly reason: 'Invalid';
    readonly message: string;
    readonly details: {
      readonly kind: 'Pod';
      readonly name: string;
      readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
    };
  };
}

const maxShown = 20; // errors, and warnings: a hostile pod can have thousands, a reader wants none of them

/** Lets the object through. Without additions it stays as it is. */
export function allow(
  request: AdmissionRequest,
  additions: readonly Addition[],
  warnings: readonly Warning[],
  auditAnnotations: Readonly<Record<string, string>>,
): AdmissionReviewResponse {
  return review({
    uid: request.uid,
    allowed: true,
    ...(additions.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(formatPatch(additions)).toString('base64'),
    }),
    ...(warnings.length > 0 && { warnings: shown(warnings.map(formatWarning), 'downlink: ') }),
    ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations }),
  });
}

/**
 * Refuses the pod. kubectl prints only the causes and a controller shows only the message, so each says everything.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go
 */
export function deny(request: AdmissionRequest, name: string, errors: readonly FieldError[]): AdmissionReviewResponse {
  const causes = errors.slice(0, maxShown).map((error) => ({
    reason: fieldErrorKinds[error.kind].reason,
    message: formatCause(error),
    field: error.field,
  }));
  return review({
    uid: request.uid,
    allowed: false,
    status: {
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: shown(errors.map(formatFieldError)).join('; '),
      details: { kind: 'Pod', name, causes: errors.length > maxShown ? [...causes, moreCauses(errors)] : causes },
    },
    auditAnnotations: { denied: shown([...new Set(errors.map(({ field }) => field))]).join(', ') },
  });
}

/** The answer as JSON. The patch, most of it, is base64 and goes in as it is: looking for what to escape takes time. */
export function formatReview({ apiVersion, kind, response }: AdmissionReviewResponse): string {
  const { patch, ...others } = response;
  if (patch === undefined) return JSON.stringify({ apiVersion, kind, response });
  const rest = JSON.stringify(others).slice(1);
  return `{"apiVersion":"${apiVersion}","kind":"${kind}","response":{"patch":"${patch}",${rest}}`;
}

function review(response: AdmissionResponse): AdmissionReviewResponse {
  return { apiVersion: admissionApiVersion, kind: 'AdmissionReview', response };
}

/** The first twenty, and how many more there are, marked as these are. */
function shown(texts: readonly string[], mark = ''): readonly string[] {
  return texts.length > maxShown ? [...texts.slice(0, maxShown), mark + more(texts.length)] : texts;
}

function moreCauses(errors: readonly FieldError[]) {
  return { reason: 'FieldValueInvalid', message: more(errors.length), field: 'metadata.annotations' };
}

function more(total: number): string {
  return `and ${total - maxShown} more`;
}
