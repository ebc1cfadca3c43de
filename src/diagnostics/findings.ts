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

const maxKept = 100; // far more than an answer shows; a hostile pod has hundreds of thousands of mistakes

/** The first findings of a kind, in the order found, and how many there are in all. */
export interface Found<T> {
  readonly first: readonly T[];
  readonly total: number;
}

/** What a stage finds of one kind. All of it is counted, but only the first {@link maxKept} findings are kept. */
export interface Collector<T> extends Found<T> {
  /** Adds a finding. A function makes one that costs something to make, and is called only where it is kept. */
  readonly push: (finding: T | (() => T)) => void;
}

/** What a stage gathers on its way: every error, never just the first, and every warning. */
export interface Findings {
  readonly errors: Collector<FieldError>;
  readonly warnings: Collector<Warning>;
}

/** Creates a collector; `max` is how many findings it keeps. */
export function createCollector<T extends object>(max = maxKept): Collector<T> {
  const first: T[] = [];
  let total = 0;
  return {
    first,
    get total() {
      return total;
    },
    push: (finding) => {
      total++;
      if (first.length < max) first.push(typeof finding === 'function' ? finding() : finding);
    },
  };
}

/** Creates findings with nothing in them yet. */
export function emptyFindings(): Findings {
  return { errors: createCollector(), warnings: createCollector() };
}

/** Returns findings that are all known, with nothing left out. */
export function foundAll<T>(findings: readonly T[]): Found<T> {
  return { first: findings, total: findings.length };
}

/** Returns the same findings, each that is kept changed. */
export function mapFound<T, U>({ first, total }: Found<T>, change: (finding: T) => U): Found<U> {
  return { first: first.map(change), total };
}

/** Returns the one findings followed by the others. */
export function joinFound<T>(one: Found<T>, other: Found<T>): Found<T> {
  // what comes after a finding that was not kept is not kept either, so that the first ones stay the first ones
  const first = one.total > one.first.length ? one.first : [...one.first, ...other.first];
  return { first, total: one.total + other.total };
}

/** Returns the first `max` findings as text and, where there are more, how many: `and 480 more`, after the mark. */
export function listFound<T>(
  { first, total }: Found<T>,
  max: number,
  format: (finding: T) => string,
  mark = '',
): readonly string[] {
  const texts = first.slice(0, max).map(format);
  return total > texts.length ? [...texts, `${mark}and ${total - texts.length} more`] : texts;
}

const maxWarning = 256; // characters: the API server cuts longer ones, apiserver/pkg/endpoints/filters/warning.go

const mark = 'downlink: ';

/** The warning as an AdmissionReview carries it: marked as ours, and within what the API server passes on. */
export function formatWarning({ field, detail }: Pick<Warning, 'field' | 'detail'>): string {
  return cut(`${mark}${field}: ${detail}`, maxWarning);
}

/**
 * Returns the first `max` warnings as an AdmissionReview carries them and, where there are more, how many. Each names the
 * object where one is given: kubectl prints equal lines once, however many objects of one apply they are about.
 */
export function formatWarnings(warnings: Found<Warning>, max: number, object?: string): readonly string[] {
  const about = object === undefined ? '' : `${object}: `;
  const format = ({ field, detail }: Warning) => formatWarning({ field: about + field, detail });
  return listFound(warnings, max, format, mark + about);
}

/** An error as a warning, for where a pod with a mistake is let through. */
export function asWarning(error: FieldError): Warning {
  return { code: 'invalid', field: error.field, detail: formatCause(error) };
}
