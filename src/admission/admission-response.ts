import { type FieldError, fieldErrorKinds, formatCause, formatFieldError } from '../diagnostics/field-error.ts';
import { type Found, formatWarnings, type Warning } from '../diagnostics/findings.ts';
import { cut } from '../diagnostics/text.ts';
import { type Addition, formatPatch } from '../json/json-patch.ts';
import { type AdmissionRequest, admissionApiVersion } from './admission-review.ts';

/** An AdmissionReview with a response. */
export interface AdmissionReviewResponse {
  readonly apiVersion: typeof admissionApiVersion;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patchType?: 'JSONPatch';
  /** The JSON Patch, encoded in base64. */
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

const maxShown = 20; // errors or warnings; a hostile pod can cause thousands
const maxName = 253; // characters: the longest name that Kubernetes allows

/** What a response that allows an object contains. */
export interface Allowed {
  /** The patch; without additions, the object stays unchanged. */
  readonly additions?: readonly Addition[];
  readonly warnings: Found<Warning>;
  /** The object that each warning names: `Deployment/web`. */
  readonly object?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Returns the response that allows the object. */
export function allow(
  request: AdmissionRequest,
  { additions = [], warnings, object, auditAnnotations = {} }: Allowed,
): AdmissionReviewResponse {
  return review({
    uid: request.uid,
    allowed: true,
    ...(additions.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(formatPatch(additions)).toString('base64'),
    }),
    ...(warnings.total > 0 && { warnings: formatWarnings(warnings, maxShown, object) }),
    ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations }),
  });
}

/**
 * Returns the response that rejects the pod. kubectl prints only the causes, and controllers show only the message, so both are
 * complete.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go
 */
export function deny(request: AdmissionRequest, name: string, errors: Found<FieldError>): AdmissionReviewResponse {
  const shown = errors.first.slice(0, maxShown);
  const more = errors.total > shown.length ? [`and ${errors.total - shown.length} more`] : [];
  const causes = shown.map((error) => ({
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
      message: [...shown.map(formatFieldError), ...more].join('; '),
      details: { kind: 'Pod', name: cut(name, maxName), causes: [...causes, ...more.map(remainderCause)] },
    },
    auditAnnotations: { denied: [...new Set(shown.map(({ field }) => field)), ...more].join(', ') },
  });
}

/** Returns the response as JSON. The patch, its largest part, is base64 and needs no escaping. */
export function formatReview({ apiVersion, kind, response }: AdmissionReviewResponse): string {
  const { patch, ...others } = response;
  if (patch === undefined) return JSON.stringify({ apiVersion, kind, response });
  const rest = JSON.stringify(others).slice(1);
  return `{"apiVersion":"${apiVersion}","kind":"${kind}","response":{"patch":"${patch}",${rest}}`;
}

function review(response: AdmissionResponse): AdmissionReviewResponse {
  return { apiVersion: admissionApiVersion, kind: 'AdmissionReview', response };
}

function remainderCause(message: string) {
  return { reason: 'FieldValueInvalid', message, field: 'metadata.annotations' };
}
