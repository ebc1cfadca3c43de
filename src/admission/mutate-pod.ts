import type { FieldError } from '../diagnostics/field-error.ts';
import type { Found, Warning } from '../diagnostics/findings.ts';
import type { CompileRequest } from '../injection/compile-request.ts';
import { type Decision, skipped } from '../injection/decision.ts';
import type { SkipReason } from '../injection/eligibility.ts';
import { decideInjection } from '../injection/inject-pod.ts';
import type { InjectionOptions } from '../injection/injection-options.ts';
import type { InjectedKind } from '../injection/patch/injection-part.ts';
import { type AdmissionReviewResponse, allow, deny } from './admission-response.ts';
import { type AdmissionRequest, decodeReview, type InvalidReview, objectName } from './admission-review.ts';

/** The response to a review, and what the log and the metrics report about it. */
export interface Mutation {
  readonly kind: 'reviewed';
  readonly response: AdmissionReviewResponse;
  readonly request: AdmissionRequest;
  readonly outcome: Decision['kind'];
  /** Why nothing is injected; undefined if something is. */
  readonly reason: SkipReason | 'invalid' | undefined;
  /** The parts that are injected. */
  readonly injected: readonly InjectedKind[];
  /** The names of the profiles that an injection applies. */
  readonly profiles: readonly string[];
  readonly warnings: Found<Warning>;
  /** What is wrong with the pod, whether or not it is admitted. */
  readonly errors: Found<FieldError>;
}

/**
 * Responds to a review, which can be any value. `namespaceProfile` is the profile that the namespace requests for pods that name
 * none; `compile` prepares what annotations request, as in {@link decideInjection}. Pure if `compile` is. Throws only a
 * SelfCheckError, which means a bug in Downlink.
 *
 * | Review                             | Response           | HTTP status |
 * | not a v1 AdmissionReview           | a sentence         | 400         |
 * | pod with nothing to add            | allowed            | 200         |
 * | pod with something to add          | allowed, patch     | 200         |
 * | pod with mistakes                  | rejected, code 422 | 200         |
 * | the same, with `onInvalid: 'warn'` | allowed, warnings  | 200         |
 */
export function mutate(
  review: unknown,
  options: InjectionOptions,
  namespaceProfile?: string,
  compile?: CompileRequest,
): Mutation | InvalidReview {
  const decoded = decodeReview(review);
  if (decoded.kind === 'invalid') return decoded;
  const { request } = decoded;
  const notEligible = notAPodCreate(request);
  const origin = {
    namespace: request.namespace || undefined,
    ...(namespaceProfile !== undefined && { namespaceProfile }),
  };
  const decision =
    notEligible === undefined ? decideInjection(request.object, origin, options, compile) : skipped(notEligible);
  return {
    kind: 'reviewed',
    response: responseTo(request, decision),
    request,
    outcome: decision.kind,
    reason: reasonOf(decision),
    injected: decision.kind === 'injected' ? decision.injected : [],
    profiles: decision.kind === 'injected' ? decision.profiles : [],
    warnings: decision.warnings,
    errors: decision.errors,
  };
}

function notAPodCreate({ group, version, kind, subResource, operation }: AdmissionRequest): SkipReason | undefined {
  if (group !== '' || version !== 'v1' || kind !== 'Pod' || subResource !== '') return 'not-a-pod';
  return operation === 'CREATE' ? undefined : 'not-create';
}

function reasonOf(decision: Decision): Mutation['reason'] {
  switch (decision.kind) {
    case 'injected':
      return undefined;
    case 'skipped':
      return decision.reason;
    case 'denied':
      return 'invalid';
    default:
      return decision satisfies never;
  }
}

function responseTo(request: AdmissionRequest, decision: Decision): AdmissionReviewResponse {
  switch (decision.kind) {
    case 'injected': {
      const { additions, warnings, injected, isReinvocation } = decision;
      const auditAnnotations = { [isReinvocation ? 'reinjected' : 'injected']: injected.join(', ') };
      return allow(request, { additions, warnings, auditAnnotations });
    }
    case 'skipped': {
      const { reason, warnings } = decision;
      // a reinvocation that changes nothing must not replace the audit annotations of the first invocation
      return allow(request, { warnings, auditAnnotations: reason === 'nothing-to-add' ? {} : { skipped: reason } });
    }
    case 'denied':
      return deny(request, objectName(request), decision.errors);
    default:
      return decision satisfies never;
  }
}
