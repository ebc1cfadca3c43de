import { quote } from './text.ts';

/**
 * The kinds of errors in Kubernetes' own validation.
 * Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go
 */
export const fieldErrorKinds = {
  Invalid: { reason: 'FieldValueInvalid', words: 'Invalid value' },
  NotSupported: { reason: 'FieldValueNotSupported', words: 'Unsupported value' },
  NotFound: { reason: 'FieldValueNotFound', words: 'Not found' },
  Duplicate: { reason: 'FieldValueDuplicate', words: 'Duplicate value' },
  Required: { reason: 'FieldValueRequired', words: 'Required value' },
  Forbidden: { reason: 'FieldValueForbidden', words: 'Forbidden' },
  TooLong: { reason: 'FieldValueTooLong', words: 'Too long' },
} as const;

export type FieldErrorKind = keyof typeof fieldErrorKinds;

/** One error in a pod or a setting. */
export interface FieldError {
  /** The field in Kubernetes' notation: `metadata.annotations[downlink.dev/env]`, `spec.containers[0].name`. */
  readonly field: string;
  readonly kind: FieldErrorKind;
  /** The invalid part as the user wrote it; absent if there is nothing to show (Required, Forbidden, TooLong). */
  readonly value?: string;
  /** What is wrong and what would be right: a clause without a period at the end. */
  readonly detail: string;
}

/** Returns the error without its field: `Invalid value: "POD=metadata.nam": unknown field; did you mean ...?`. */
export function formatCause(error: FieldError): string {
  const shown = error.value === undefined ? '' : `: ${quote(error.value)}`;
  return `${fieldErrorKinds[error.kind].words}${shown}: ${error.detail}`;
}

/** Returns the error on one line in Kubernetes' format: field, kind, value, detail. */
export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${formatCause(error)}`;
}
