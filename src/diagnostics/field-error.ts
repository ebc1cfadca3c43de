import { quote } from './text.ts';

/**
 * Kinds of error in the words of Kubernetes' own validation.
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

/** One thing wrong with a pod or a setting. */
export interface FieldError {
  /** Where, in Kubernetes' notation: `metadata.annotations[downlink.dev/env]`, `spec.containers[0].name`. */
  readonly field: string;
  readonly kind: FieldErrorKind;
  /** The wrong part as the user wrote it; absent where there is none to show (Required, Forbidden, TooLong). */
  readonly value?: string;
  /** What is wrong and what would be right, as a clause without a final full stop. */
  readonly detail: string;
}

/** The error without its field: `Invalid value: "POD=metadata.nam": unknown field; did you mean ...?`. */
export function formatCause(error: FieldError): string {
  const shown = error.value === undefined ? '' : `: ${quote(error.value)}`;
  return `${fieldErrorKinds[error.kind].words}${shown}: ${error.detail}`;
}

/** The error on one line, in Kubernetes' grammar: field, kind, value, detail. */
export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${formatCause(error)}`;
}
