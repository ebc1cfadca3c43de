import { type AdmissionRequest, objectName, ownerOf } from '../admission/admission-review.ts';
import type { Mutation } from '../admission/mutate-pod.ts';
import type { WorkloadValidation } from '../admission/validate-workload.ts';
import { cut } from '../diagnostics/text.ts';
import type { ReviewLog } from './log-batch.ts';

const maxLogged = 253; // characters: the maximum length of a Kubernetes name; hostile ones may be longer

/** Returns the beginning of a text that is too long. */
function short(text: string): string {
  return text.length <= maxLogged ? text : copyOf(text.slice(0, maxLogged));
}

/** Returns a copy of a part of a text: the part itself would keep the whole text in memory while the line waits. */
function copyOf(part: string): string {
  return Buffer.from(part).toString();
}

const maxErrors = 3; // errors per pod in the log; the response has all of them

/**
 * Logs one line for a pod, with the profile that its namespace requests, and with errors and owner if it has errors. Never logs
 * the pod, values of variables, or the patch.
 */
export function logReview(
  log: ReviewLog,
  { request, outcome, reason, errors }: Mutation,
  milliseconds: number,
  namespaceProfile: string | undefined,
): void {
  const line = {
    ...identity(request),
    ...(namespaceProfile !== undefined && { namespaceProfile }),
    outcome,
    reason,
    ...(errors.total > 0 && aboutMistakes(request, errors)),
  };
  log.info({ ...line, milliseconds: rounded(milliseconds) }, 'review');
}

/** Returns field and kind of the first errors, without values, and the workload to correct. */
function aboutMistakes(request: AdmissionRequest, { first, total }: Mutation['errors']) {
  const owner = ownerOf(request);
  return {
    errors: first.slice(0, maxErrors).map(({ field, kind }) => ({ field: copyOf(cut(field, maxLogged)), kind })),
    errorCount: total,
    ...(owner && { owner: { kind: copyOf(cut(owner.kind, maxLogged)), name: copyOf(cut(owner.name, maxLogged)) } }),
  };
}

/** Logs one line for an object that creates pods. Its message differs, so that it is not mistaken for a pod's. */
export function logWorkloadReview(
  log: ReviewLog,
  { request, outcome, reason, warnings }: WorkloadValidation,
  milliseconds: number,
): void {
  const kind = short(request.kind);
  const line = { ...identity(request), kind, outcome, reason, warnings: warnings.total };
  log.info({ ...line, milliseconds: rounded(milliseconds) }, 'workload review');
}

function identity(request: AdmissionRequest) {
  return {
    uid: short(request.uid),
    namespace: short(request.namespace),
    name: short(objectName(request)),
    operation: short(request.operation),
    ...(request.dryRun && { dryRun: true }),
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
