import { extendStatus, type InjectionStatus } from '../annotations/injection-status.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import type { Found } from '../diagnostics/findings.ts';
import { version } from '../version.ts';
import { planAmbassador } from './ambassador/plan-ambassador.ts';
import type { InjectionRequest } from './compile-request.ts';
import { planEnv } from './env/plan-env.ts';
import {
  emptyPart,
  type InjectedKind,
  type PlanContext,
  type PlannedPart,
  type PlanPart,
} from './patch/injection-part.ts';
import type { PodAddition } from './patch/patch-target.ts';
import { warnOfResources } from './resource-warnings.ts';
import { warnOfEmptyIndex } from './source-availability.ts';
import { targetContainers } from './target-containers.ts';
import { planVolume } from './volume/plan-volume.ts';

/** What a pod gets. */
export interface Plan {
  readonly kind: 'plan';
  /** In the order of the patch, without the status annotation. A list that the pod lacks counts as empty. */
  readonly additions: readonly PodAddition[];
  /** The parts that make these additions. */
  readonly injected: readonly InjectedKind[];
  /** What was injected, by this invocation and by earlier ones. */
  readonly status: InjectionStatus;
}

/** Plans everything that a pod requests and lacks. Fails if the findings contain errors, even earlier ones. */
export function planInjection(
  request: InjectionRequest,
  given: Omit<PlanContext, 'targets'>,
): Plan | { readonly kind: 'invalid'; readonly errors: Found<FieldError> } {
  const { pod, findings } = given;
  const context: PlanContext = { ...given, targets: targetContainers(request, given) };
  const env = planPart(planEnv, request.env, context);
  const volume = planPart(planVolume, request.volume, context);
  const ambassador = planPart(planAmbassador, request.ambassador, context);
  warnOfEmptyIndex(request.intents, context);
  warnOfResources(pod.spec, env.resources, volume.resources, findings);
  if (findings.errors.total > 0) return { kind: 'invalid', errors: findings.errors };
  const parts: Readonly<Record<InjectedKind, PlannedPart>> = { env, volume, ambassador };
  const injected = injectedKinds.filter((kind) => parts[kind].additions.length > 0);
  return {
    kind: 'plan',
    additions: injected.flatMap((kind) => parts[kind].additions),
    injected,
    status: extendStatus(
      given.status,
      version,
      injected.map((kind) => parts[kind].names),
    ),
  };
}

function planPart<Requested>(
  plan: PlanPart<Requested>,
  requested: Requested | undefined,
  context: PlanContext,
): PlannedPart {
  return requested === undefined ? emptyPart : plan(requested, context);
}

const injectedKinds: readonly InjectedKind[] = ['env', 'volume', 'ambassador'];
