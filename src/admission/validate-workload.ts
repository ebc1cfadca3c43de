import { asWarning, type Found, foundAll, joinFound, mapFound, type Warning } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import type { InjectionOptions } from '../injection/inject-pod.ts';
import { reviewWorkload } from '../injection/review-workload.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import { type AdmissionReviewResponse, allow } from './admission-response.ts';
import { type AdmissionRequest, decodeReview, type InvalidReview, objectName, ownerOf } from './admission-review.ts';

/** Why a workload is not looked at. */
export type WorkloadSkipReason = 'not-a-workload' | 'not-create-or-update' | 'has-controller';

/** The answer to the review of an object that makes pods, and what the log and the metrics say about it. */
export interface WorkloadValidation {
  readonly kind: 'reviewed';
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
export function validateWorkload(review: unknown, options: InjectionOptions): WorkloadValidation | InvalidReview {
  const decoded = decodeReview(review);
  if (decoded.kind === 'failure') return decoded;
  const { request } = decoded;
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
  const response = allow(request, { warnings, object: objectOf(request) });
  return { kind: 'reviewed', response, request, outcome, reason, warnings };
}

const maxName = 63; // characters of a name that a warning shows, so that most of the 256 are left to what it says

/** The object as kubectl names it; a long name keeps both its ends. */
function objectOf(request: AdmissionRequest): string {
  const name = objectName(request);
  const half = (maxName - 3) / 2;
  const short = name.length <= maxName ? name : `${name.slice(0, half)}...${name.slice(-half)}`;
  return short === '' ? request.kind : `${request.kind}/${printable(short)}`;
}

/** An object that another one made has a copy of its annotations, and its author was told already. */
function unreviewed(request: AdmissionRequest): WorkloadSkipReason | undefined {
  const { group, version, kind, subResource, operation } = request;
  const path = podTemplatePath(group === '' ? version : `${group}/${version}`, kind);
  if (path === undefined || path.length === 0 || subResource !== '') return 'not-a-workload';
  if (operation !== 'CREATE' && operation !== 'UPDATE') return 'not-create-or-update';
  return ownerOf(request) === undefined ? undefined : 'has-controller';
}
