import type { InjectionStatus } from '../annotations/injection-status.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { type Found, foundAll, type Warning } from '../diagnostics/findings.ts';
import type { Addition, AddOperation } from '../json/json-patch.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { SkipReason } from './eligibility.ts';
import type { InjectedKind } from './patch/injection-part.ts';

/** What is decided about a pod: it is injected, skipped, or denied. */
export type Decision = InjectedDecision | SkippedDecision | DeniedDecision;

/** The decision to inject a pod. */
export interface InjectedDecision extends Reported {
  readonly kind: 'injected';
  /** The patch, which has been checked: it applies to the pod, and adds nothing whose name the pod already has. */
  readonly additions: readonly Addition[];
  /** The parts of the injection that make these additions. */
  readonly injected: readonly InjectedKind[];
  /** The names of the profiles that it applies. */
  readonly profiles: readonly string[];
  /** Whether an earlier invocation injected something, too. */
  readonly isReinvocation: boolean;
  /** What was injected, by this invocation and by earlier ones. */
  readonly status: InjectionStatus;
}

/** The decision to let a pod through unchanged. */
export interface SkippedDecision extends Reported {
  readonly kind: 'skipped';
  readonly reason: SkipReason;
}

/** The decision to reject a pod. */
export interface DeniedDecision extends Reported {
  readonly kind: 'denied';
}

interface Reported {
  readonly warnings: Found<Warning>;
  /** What is wrong with the pod. If it is let through anyway, the warnings repeat these errors. */
  readonly errors: Found<FieldError>;
}

/** A decision, and the patched pod if there is one. */
export type Outcome =
  | SkippedDecision
  | DeniedDecision
  | (InjectedDecision & {
      readonly operations: readonly AddOperation[];
      /** The pod after the patch; it shares with the given pod everything that the patch does not affect. */
      readonly pod: Pod;
    });

/** Returns the decision to let a pod through unchanged. */
export function skipped(reason: SkipReason, warnings: Found<Warning> = foundAll([])): SkippedDecision {
  return { kind: 'skipped', reason, warnings, errors: foundAll([]) };
}

/** Returns the decision to reject a pod. */
export function denied(errors: Found<FieldError>): DeniedDecision {
  return { kind: 'denied', warnings: foundAll([]), errors };
}
