import { asWarning, type Found, foundAll, joinFound, mapFound, type Warning } from '../findings.ts';
import type { InjectionOptions } from '../injection/inject-pod.ts';
import { reviewWorkload } from '../injection/review-workload.ts';
import { podTemplatePath } from '../kubernetes/workload.ts';
import { type AdmissionReviewResponse, allow } from './response.ts';
import { type AdmissionRequest, decodeReview, ownerOf } from './review.ts';

/** Why a workload is not looked at. */
export type WorkloadSkipReason = 'not-a-workload' | 'not-create-or-update' | 'has-controller';

/** The answer to the review of an object that makes pods, and what the log and the metrics say about it. */
export interface WorkloadValidation {
  readonly response: AdmissionReviewResponse;
  readonly request: AdmissionRequest;
  readonly outcome: 'warned' | 'silent' | 'skipped';
  /** Undefined where it was looked at. */
  readonly reason: WorkloadSkipReason | undefined;
  /** What its author is told, mistakes first. */
  readonly warnings: Found<Warning>;
}

/**
 * Answers the review of an object that makes pods. Pure, for any value at all; throws a SelfCheckError for a bug of ours
 * and nothing else.
 *
 * | the review                                | answer            | HTTP |
 * | is no v1 AdmissionReview                  | a sentence        | 400  |
 * | workload whose pods would be told of it   | allowed, warnings | 200  |
 * | workload that has a controller            | allowed           | 200  |
 * | anything else                             | allowed           | 200  |
 */
export function validateWorkload(
  review: unknown,
  options: InjectionOptions,
): WorkloadValidation | { readonly problem: string } {
  const request = decodeReview(review);
  if ('problem' in request) return request;
  const reason = unreviewed(request);
  if (reason !== undefined) return validation(request, 'skipped', reason, foundAll([]));

  const { errors, misplaced, warnings } = reviewWorkload(request.object, request.namespace || undefined, options);
  const told = joinFound(mapFound(errors, asWarning), joinFound(misplaced, warnings));
  return validation(request, told.total > 0 ? 'warned' : 'silent', undefined, told);
}

function validation(
  request: AdmissionRequest,
  outcome: WorkloadValidation['outcome'],
  reason: WorkloadSkipReason | undefined,
  warnings: Found<Warning>,
): WorkloadValidation {
  return { response: allow(request, [], warnings, {}), request, outcome, reason, warnings };
}

/** An object that another one made has a copy of its annotations, and its author was told already. */
function unreviewed(request: AdmissionRequest): WorkloadSkipReason | undefined {
  const { group, version, kind, subResource, operation } = request;
  const path = podTemplatePath(group === '' ? version : `${group}/${version}`, kind);
  if (path === undefined || path.length === 0 || subResource !== '') return 'not-a-workload';
  if (operation !== 'CREATE' && operation !== 'UPDATE') return 'not-create-or-update';
  return ownerOf(request) === undefined ? undefined : 'has-controller';
}
