import { asWarning, type Found, foundAll, joinFound, mapFound, type Warning } from '../diagnostics/findings.ts';
import { printable } from '../diagnostics/text.ts';
import type { InjectionOptions } from '../injection/injection-options.ts';
import { reviewWorkload } from '../injection/review-workload.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import { type AdmissionReviewResponse, allow } from './admission-response.ts';
import { type AdmissionRequest, decodeReview, type InvalidReview, objectName, ownerOf } from './admission-review.ts';

/** Why an object is not reviewed. */
export type WorkloadSkipReason = 'not-a-workload' | 'not-create-or-update' | 'has-controller';

/** The response to the review of a workload, and what the log and the metrics report about it. */
export interface WorkloadValidation {
  readonly kind: 'reviewed';
  readonly response: AdmissionReviewResponse;
  readonly request: AdmissionRequest;
  readonly outcome: 'warned' | 'silent' | 'skipped';
  /** Why the object is not reviewed; undefined if it is. */
  readonly reason: WorkloadSkipReason | undefined;
  /** Mistakes come first. */
  readonly warnings: Found<Warning>;
}

/**
 * Responds to the review of a workload, which can be any value. Pure; throws only a SelfCheckError, which means a bug
 * in Downlink.
 *
 * | Review                         | Response          | HTTP status |
 * | not a v1 AdmissionReview       | a sentence        | 400         |
 * | workload with findings         | allowed, warnings | 200         |
 * | workload that has a controller | allowed           | 200         |
 * | anything else                  | allowed           | 200         |
 */
export function validateWorkload(review: unknown, options: InjectionOptions): WorkloadValidation | InvalidReview {
  const decoded = decodeReview(review);
  if (decoded.kind === 'invalid') return decoded;
  const { request } = decoded;
  const reason = skipReason(request);
  if (reason !== undefined) return validation(request, 'skipped', reason, foundAll([]));

  const { errors, misplaced, warnings } = reviewWorkload(request.object, request.namespace || undefined, options);
  const all = joinFound(mapFound(errors, asWarning), joinFound(misplaced, warnings));
  return validation(request, all.total > 0 ? 'warned' : 'silent', undefined, all);
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

const maxName = 63; // characters of the name in a warning, which has at most 256 in total

/** Returns the object as kubectl names it. A long name is cut in the middle. */
function objectOf(request: AdmissionRequest): string {
  const name = objectName(request);
  const half = (maxName - 3) / 2;
  const short = name.length <= maxName ? name : `${name.slice(0, half)}...${name.slice(-half)}`;
  return short === '' ? request.kind : `${request.kind}/${printable(short)}`;
}

/**
 * Returns why the object is not reviewed. An object with a controller repeats the annotations of that controller, which
 * has already been reviewed.
 */
function skipReason(request: AdmissionRequest): WorkloadSkipReason | undefined {
  const { group, version, kind, subResource, operation } = request;
  const path = podTemplatePath(group === '' ? version : `${group}/${version}`, kind);
  if (path === undefined || path.length === 0 || subResource !== '') return 'not-a-workload';
  if (operation !== 'CREATE' && operation !== 'UPDATE') return 'not-create-or-update';
  return ownerOf(request) === undefined ? undefined : 'has-controller';
}
