import { type FieldError, formatCause } from './field-error.ts';
import { cut } from './text.ts';

/** Something that the author of a pod should know even though the pod is admitted. */
export interface Warning {
  readonly code: WarningCode;
  /** The field in Kubernetes' notation, as in {@link FieldError}. */
  readonly field: string;
  /** A clause without a period at the end. */
  readonly detail: string;
}

/** The codes of all warnings, which are also label values of a metric. */
export const warningCodes = [
  'ambassador-limit-low',
  'application-must-retry',
  'default-container',
  'empty-list',
  'env-kept',
  'exit-code-counted',
  'image-absent',
  'index-empty',
  'invalid',
  'misplaced',
  'node-allocatable',
  'option-without-effect',
  'otel-attribute-left-out',
  'process-namespace-shared',
  'quality-of-service',
  'quoted-source',
  'reference-too-early',
  'reference-undefined',
  'resize-without-restart',
  'resource-absent',
  'secrets-within-reach',
  'source-behind-gate',
  'topology-empty',
  'unreadable-mode',
  'value-outdated',
  'whole-cores',
  'workload-name-unknown',
] as const;
export type WarningCode = (typeof warningCodes)[number];

const maxKept = 100; // far more than a response shows; a hostile pod can cause hundreds of thousands of errors

/** The first findings of one kind, in the order found, and the total number of findings of that kind. */
export interface Found<T> {
  readonly first: readonly T[];
  readonly total: number;
}

/** Collects findings of one kind. Counts all of them but keeps only the first ones. */
export interface Collector<T> extends Found<T> {
  /** Adds a finding. To defer the work of creating one, pass a function, which is called only if the finding is kept. */
  readonly push: (finding: T | (() => T)) => void;
  /** Adds findings of another collection, of which some may not have been kept. */
  readonly append: (others: Found<T>) => void;
}

/** All errors and warnings about a pod, whichever stage finds them. */
export interface Findings {
  readonly errors: Collector<FieldError>;
  readonly warnings: Collector<Warning>;
}

/** Creates a collector that keeps up to `max` findings. */
export function createCollector<T extends object>(max = maxKept): Collector<T> {
  return new FirstFindings<T>(max);
}

/** A class, because Node.js creates a hidden class for each object literal that has a getter. */
class FirstFindings<T extends object> implements Collector<T> {
  readonly first: T[] = [];
  total = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  push(finding: T | (() => T)): void {
    this.total++;
    if (this.first.length < this.#max) this.first.push(typeof finding === 'function' ? finding() : finding);
  }

  append(others: Found<T>): void {
    // once a finding has been dropped, no later one is kept
    if (this.total === this.first.length) this.first.push(...others.first.slice(0, this.#max - this.total));
    this.total += others.total;
  }
}

/** Returns collectors without findings. */
export function emptyFindings(): Findings {
  return { errors: createCollector(), warnings: createCollector() };
}

/** Adds findings that were made earlier, in their order. */
export function repeatFindings(earlier: Findings, findings: Findings): void {
  findings.errors.append(earlier.errors);
  findings.warnings.append(earlier.warnings);
}

/** Returns these findings as a complete collection, from which none was left out. */
export function foundAll<T>(findings: readonly T[]): Found<T> {
  return { first: findings, total: findings.length };
}

/** Replaces each kept finding and leaves the total unchanged. */
export function mapFound<T, U>({ first, total }: Found<T>, replace: (finding: T) => U): Found<U> {
  return { first: first.map(replace), total };
}

/** Concatenates findings. */
export function joinFound<T>(one: Found<T>, other: Found<T>): Found<T> {
  // once a finding has been dropped, no later one is kept, so that the result still holds the first findings
  const first = one.total > one.first.length ? one.first : [...one.first, ...other.first];
  return { first, total: one.total + other.total };
}

/** Returns the first `max` findings as text and, if there are more, how many: `and 480 more`, after the prefix. */
export function listFound<T>(
  { first, total }: Found<T>,
  max: number,
  format: (finding: T) => string,
  prefix = '',
): readonly string[] {
  const texts = first.slice(0, max).map(format);
  return total > texts.length ? [...texts, `${prefix}and ${total - texts.length} more`] : texts;
}

const maxWarning = 256; // characters; the API server truncates the rest, apiserver/pkg/endpoints/filters/warning.go

const warningPrefix = 'downlink: ';

/** Returns a warning as text for an AdmissionReview, with a prefix and no longer than the API server allows. */
export function formatWarning({ field, detail }: Pick<Warning, 'field' | 'detail'>): string {
  return cut(`${warningPrefix}${field}: ${detail}`, maxWarning);
}

/**
 * Returns the first `max` warnings as text for an AdmissionReview and, if there are more, how many. Each of them names
 * the object, because kubectl prints identical warnings only once.
 */
export function formatWarnings(warnings: Found<Warning>, max: number, object?: string): readonly string[] {
  const subject = object === undefined ? '' : `${object}: `;
  const format = ({ field, detail }: Warning) => formatWarning({ field: subject + field, detail });
  return listFound(warnings, max, format, warningPrefix + subject);
}

/** Returns an error as a warning, for a pod that is admitted despite the error. */
export function asWarning(error: FieldError): Warning {
  return { code: 'invalid', field: error.field, detail: formatCause(error) };
}
