import { type FieldError, formatCause } from './field-error.ts';
import { cut } from './text.ts';

/** Something that the pod's author should know although the pod is let through. */
export interface Warning {
  readonly code: WarningCode;
  /** Where, as in a FieldError. */
  readonly field: string;
  /** A clause without a final full stop. */
  readonly detail: string;
}

/** Every warning that there is; the codes are also the label values of a metric. */
export const warningCodes = [
  'ambassador-limit-low',
  'application-must-retry',
  'default-container',
  'empty-list',
  'env-kept',
  'exit-code-counted',
  'invalid',
  'misplaced',
  'node-allocatable',
  'option-without-effect',
  'process-namespace-shared',
  'quality-of-service',
  'resize-without-restart',
  'secrets-within-reach',
  'source-behind-gate',
  'topology-empty',
  'unreadable-mode',
  'whole-cores',
] as const;
export type WarningCode = (typeof warningCodes)[number];

/** What a stage gathers on its way: every error, never just the first, and every warning. */
export interface Findings {
  readonly errors: FieldError[];
  readonly warnings: Warning[];
}

const maxWarning = 256; // characters: the API server cuts longer ones, apiserver/pkg/endpoints/filters/warning.go

/** The warning as an AdmissionReview carries it: marked as ours, and within what the API server passes on. */
export function formatWarning({ field, detail }: Warning): string {
  return cut(`downlink: ${field}: ${detail}`, maxWarning);
}

/** An error as a warning, for where a pod with a mistake is let through. */
export function asWarning(error: FieldError): Warning {
  return { code: 'invalid', field: error.field, detail: formatCause(error) };
}
