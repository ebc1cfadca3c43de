import type { Logger } from 'pino';
import type { Mutation } from '../admission/mutate.ts';
import { type AdmissionRequest, nameOf } from '../admission/review.ts';
import type { WorkloadValidation } from '../admission/validate-workload.ts';

const maxLogged = 253; // characters: the longest name that Kubernetes allows; a hostile one may be longer

/** One line for a pod: never the pod, its variables' values, or the patch. */
export function logReview(log: Logger, { request, outcome, reason }: Mutation, milliseconds: number): void {
  log.info({ ...identity(request), outcome, reason, milliseconds: rounded(milliseconds) }, 'review');
}

/** One line for an object that makes pods, under another message, so that nobody takes it for a pod's. */
export function logWorkloadReview(
  log: Logger,
  { request, outcome, reason, warnings }: WorkloadValidation,
  milliseconds: number,
): void {
  const kind = request.kind.slice(0, maxLogged);
  const line = { ...identity(request), kind, outcome, reason, warnings: warnings.total };
  log.info({ ...line, milliseconds: rounded(milliseconds) }, 'workload review');
}

function identity(request: AdmissionRequest) {
  return {
    uid: request.uid.slice(0, maxLogged),
    namespace: request.namespace.slice(0, maxLogged),
    name: nameOf(request).slice(0, maxLogged),
    operation: request.operation.slice(0, maxLogged),
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
