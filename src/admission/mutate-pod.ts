import type { InjectionConfig } from '../config/config.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { asWarning, type Found, foundAll, mapFound, type Warning } from '../diagnostics/findings.ts';
import type { SkipReason } from '../injection/eligibility.ts';
import { decideInjection } from '../injection/inject-pod.ts';
import type { Plan } from '../injection/plan-injection.ts';
import { type AdmissionReviewResponse, allow, deny } from './admission-response.ts';
import { type AdmissionRequest, decodeReview, objectName } from './admission-review.ts';

/** The answer to a review, and what the log and the metrics say about it. */
export interface Mutation {
  readonly response: AdmissionReviewResponse;
  readonly request: AdmissionRequest;
  readonly outcome: 'injected' | 'skipped' | 'denied';
  /** Why nothing was injected; undefined where something was. */
  readonly reason: SkipReason | 'invalid' | undefined;
  /** What was injected: some of `env`, `volume`, `ambassador`. */
  readonly injected: readonly string[];
  readonly warnings: Found<Warning>;
  /** What is wrong with the pod, let through or not. */
  readonly errors: Found<FieldError>;
}

/**
 * Answers a review. Pure, for any value at all; throws a SelfCheckError for a bug of ours and nothing else.
 *
 * | the review                    | answer              | HTTP |
 * | is no v1 AdmissionReview      | a sentence          | 400  |
 * | pod with nothing to add       | allowed             | 200  |
 * | pod with something to add     | allowed, patch      | 200  |
 * | pod with mistakes             | denied, status 422  | 200  |
 * | the same, onInvalid: warn     | allowed, warnings   | 200  |
 */
export function mutate(review: unknown, options: InjectionConfig): Mutation | { readonly problem: string } {
  const request = decodeReview(review);
  if ('problem' in request) return request;
  const notOurs = notAPodCreate(request);
  if (notOurs !== undefined) return skipped(request, notOurs, foundAll([]));

  const outcome = decideInjection(request.object, request.namespace || undefined, options);
  switch (outcome.kind) {
    case 'skip':
      return skipped(request, outcome.reason, outcome.warnings);
    case 'deny':
      return options.onInvalid === 'warn'
        ? skipped(request, 'invalid-let-through', mapFound(outcome.errors, asWarning), outcome.errors)
        : {
            response: deny(request, objectName(request), outcome.errors),
            request,
            outcome: 'denied',
            reason: 'invalid',
            injected: [],
            warnings: foundAll([]),
            errors: outcome.errors,
          };
    case 'patch': {
      const injected = injectedKinds(outcome.plan);
      const key = outcome.plan.again ? 'reinjected' : 'injected';
      return {
        response: allow(request, outcome.additions, outcome.warnings, { [key]: injected.join(', ') }),
        request,
        outcome: 'injected',
        reason: undefined,
        injected,
        warnings: outcome.warnings,
        errors: foundAll([]),
      };
    }
    default:
      return outcome satisfies never;
  }
}

/** A second pass that changes nothing must not overwrite the first one's audit annotations, so it has none. */
function skipped(
  request: AdmissionRequest,
  reason: SkipReason,
  warnings: Found<Warning>,
  errors: Found<FieldError> = foundAll([]),
): Mutation {
  const audit = reason === 'nothing-to-add' ? {} : { skipped: reason };
  return {
    response: allow(request, [], warnings, audit),
    request,
    outcome: 'skipped',
    reason,
    injected: [],
    warnings,
    errors,
  };
}

function notAPodCreate({ group, version, kind, subResource, operation }: AdmissionRequest): SkipReason | undefined {
  if (group !== '' || version !== 'v1' || kind !== 'Pod' || subResource !== '') return 'not-a-pod';
  return operation === 'CREATE' ? undefined : 'not-create';
}

function injectedKinds({ env, volume, ambassador }: Plan): readonly string[] {
  return [
    ...(env.length > 0 ? ['env'] : []),
    ...(volume !== undefined ? ['volume'] : []),
    ...(ambassador?.container || ambassador?.tokenVolume || ambassador?.restartPolicyAt !== undefined
      ? ['ambassador']
      : []),
  ];
}
