import { annotationKey } from '../annotations/annotation-keys.ts';
import { maxAnnotations, sizeOf } from '../annotations/annotations-size.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import {
  asWarning,
  emptyFindings,
  type Found,
  foundAll,
  joinFound,
  mapFound,
  type Warning,
} from '../diagnostics/findings.ts';
import { type Addition, type AddOperation, operationsOf } from '../json/json-patch.ts';
import { objectAt } from '../json/json-value.ts';
import { decodePod } from '../kubernetes/decode-pod.ts';
import type { KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { AmbassadorIntent } from './ambassador/ambassador-options.ts';
import { buildPatch, statusPath } from './build-patch.ts';
import { ineligible, type SkipReason } from './eligibility.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { type Plan, planInjection } from './plan-injection.ts';
import { applyChecked, checkPatch } from './self-check.ts';

/** What a cluster's operator decides for every pod. */
export interface InjectionOptions {
  /** The API server's; undefined where it is not known. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
  readonly ambassador: AmbassadorIntent & {
    /** The user id that it runs as; undefined leaves it to platforms that assign user ids. */
    readonly runAsUser: number | undefined;
  };
}

/** What is decided about a pod. */
export type Decision =
  | { readonly kind: 'skip'; readonly reason: SkipReason; readonly warnings: Found<Warning> }
  | { readonly kind: 'deny'; readonly errors: Found<FieldError> }
  | {
      readonly kind: 'patch';
      /** Checked: their operations apply to the pod, and give it nothing twice that must stand once. */
      readonly additions: readonly Addition[];
      readonly plan: Plan;
      readonly warnings: Found<Warning>;
    };

/** What becomes of a pod. */
export type Outcome =
  | Exclude<Decision, { readonly kind: 'patch' }>
  | (Extract<Decision, { readonly kind: 'patch' }> & {
      readonly operations: readonly AddOperation[];
      /** The pod after the patch; it shares with the given one what the patch does not touch. */
      readonly pod: Pod;
    });

type Annotations = Readonly<Record<string, unknown>>;

/**
 * Decides and applies what a pod asks for. Pure: the same pod, namespace and options always give the same outcome.
 * The pod may be anything at all; `namespace` is the one that it will be created in, undefined where that is unknown.
 * Throws a SelfCheckError for a bug of ours and nothing else.
 */
export function injectPod(pod: unknown, namespace: string | undefined, options: InjectionOptions): Outcome {
  const decision = decideInjection(pod, namespace, options);
  if (decision.kind !== 'patch') return decision;
  const operations = operationsOf(decision.additions);
  return { ...decision, operations, pod: applyChecked(pod as Pod, operations) };
}

/** The same without the pod after the patch, which an answer to a review does not hold and which costs more than all else. */
export function decideInjection(pod: unknown, namespace: string | undefined, options: InjectionOptions): Decision {
  const annotations = annotationsOf(pod);
  const reason = ineligible(annotations);
  if (reason === 'not-requested') return { kind: 'skip', reason, warnings: aboutStrayOptions(annotations, options) };
  if (reason !== undefined) return { kind: 'skip', reason, warnings: foundAll([]) };
  const size = sizeOf(annotations);
  if (size > maxAnnotations) return { kind: 'deny', errors: foundAll([tooLong(size)]) };
  const decoding = decodePod(pod);
  if (decoding.kind === 'invalid') return { kind: 'deny', errors: decoding.errors };
  const decoded = decoding.pod;

  const findings = emptyFindings();
  const intents = parseAnnotations(annotations, options.ambassador, findings);
  const { kubernetesVersion } = options;
  const { runAsUser } = options.ambassador;
  const plan = planInjection(decoded, intents, { namespace, kubernetesVersion, runAsUser }, findings);
  if (findings.errors.total > 0) return { kind: 'deny', errors: findings.errors };
  const additions = buildPatch(decoded.spec, plan);
  if (additions.length === 0) return { kind: 'skip', reason: 'nothing-to-add', warnings: findings.warnings };
  checkPatch(decoded, additions);
  const patchedSize = sizeOf(withStatus(annotations, additions));
  if (patchedSize > maxAnnotations) return { kind: 'deny', errors: foundAll([tooLong(patchedSize)]) };
  return { kind: 'patch', additions, plan, warnings: findings.warnings };
}

/** The annotations that the pod will have. */
function withStatus(annotations: Annotations, additions: readonly Addition[]): Annotations {
  const [status] = additions.findLast(({ path }) => path === statusPath)?.values ?? [];
  return { ...annotations, [annotationKey('status')]: status };
}

/** The pod's annotations; none where the value has no such map. */
function annotationsOf(pod: unknown): Annotations {
  return objectAt(pod, annotationsPath);
}

const annotationsPath = ['metadata', 'annotations'];

/** A pod that asks for nothing is let through; what is odd about its options is said all the same. */
function aboutStrayOptions(annotations: Annotations, options: InjectionOptions): Found<Warning> {
  const findings = emptyFindings();
  if (sizeOf(annotations) <= maxAnnotations) parseAnnotations(annotations, options.ambassador, findings);
  return joinFound(mapFound(findings.errors, asWarning), findings.warnings);
}

function tooLong(bytes: number): FieldError {
  const detail = `all annotations together must have at most ${maxAnnotations} bytes and have ${bytes}`;
  return { field: 'metadata.annotations', kind: 'TooLong', detail };
}
