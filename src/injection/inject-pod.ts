import { type AnnotationName, annotationField } from '../annotations/annotation-keys.ts';
import { maxAnnotations, sizeOf } from '../annotations/annotations-size.ts';
import { kubeconfigVolumeName } from '../annotations/injected-names.ts';
import { formatStatus, type InjectionStatus, parseStatus } from '../annotations/injection-status.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import {
  asWarning,
  emptyFindings,
  type Findings,
  type Found,
  foundAll,
  joinFound,
  mapFound,
  type Warning,
} from '../diagnostics/findings.ts';
import { operationsOf } from '../json/json-patch.ts';
import { objectAt } from '../json/json-value.ts';
import { decodePod } from '../kubernetes/decode-pod.ts';
import type { KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { AmbassadorIntent } from './ambassador/ambassador-options.ts';
import { type Decision, denied, type Outcome, skipped } from './decision.ts';
import { ineligible } from './eligibility.ts';
import { readOwnAnnotations } from './own-annotations.ts';
import { parseAnnotations } from './parse-annotations.ts';
import { buildPatch } from './patch/build-patch.ts';
import type { AmbassadorPolicy, PodOrigin } from './patch/injection-part.ts';
import { additionsByPath, annotationsIn } from './patch/patch-target.ts';
import { applyChecked, checkPatch } from './patch/self-check.ts';
import { planInjection } from './plan-injection.ts';
import type { Profile, Profiles } from './profile.ts';
import { hashesOf, requestedProfiles, sourcesOfFindings } from './requested-profiles.ts';
import { type ResolvedIntents, resolveSources } from './resolve-sources.ts';
import { checkAvailability } from './source-availability.ts';

/** What the operator of a cluster decides for every pod. */
export interface InjectionOptions {
  /** The version of the API server; undefined if it is unknown. */
  readonly kubernetesVersion: KubernetesVersion | undefined;
  /** Whether a pod with mistakes is rejected, or let through without injection but with warnings. */
  readonly onInvalid: 'deny' | 'warn';
  /** The name of the cluster; undefined if it has none. */
  readonly clusterName: string | undefined;
  readonly profiles: Profiles;
  readonly ambassador: AmbassadorIntent & {
    /** The user ID of the ambassador; undefined leaves it to platforms that assign user IDs. */
    readonly runAsUser: number | undefined;
    readonly policy: AmbassadorPolicy;
  };
}

type Annotations = Readonly<Record<string, unknown>>;

/**
 * Decides what a pod gets, and applies it. Pure: the same pod, origin, and options always give the same outcome. The pod can
 * be any value. Throws only a SelfCheckError, which means a bug in Downlink.
 */
export function injectPod(pod: unknown, origin: PodOrigin, options: InjectionOptions): Outcome {
  const decision = decideInjection(pod, origin, options);
  if (decision.kind !== 'injected') return decision;
  const { additions } = decision;
  return { ...decision, operations: operationsOf(additions), pod: applyChecked(pod as Pod, additions) };
}

/** Decides what a pod gets. The response to a review does not need the patched pod, which takes longer than everything else. */
export function decideInjection(pod: unknown, origin: PodOrigin, options: InjectionOptions): Decision {
  const decision = decide(pod, origin, options);
  if (decision.kind !== 'denied' || options.onInvalid === 'deny') return decision;
  const { errors } = decision;
  return { kind: 'skipped', reason: 'invalid-let-through', warnings: mapFound(errors, asWarning), errors };
}

function decide(pod: unknown, origin: PodOrigin, options: InjectionOptions): Decision {
  const annotations: Annotations = objectAt(pod, annotationsPath);
  const reason = ineligible(annotations, options.profiles.has(origin.namespaceProfile ?? ''));
  if (reason === 'not-requested') return skipped(reason, strayOptionWarnings(annotations, origin, options));
  if (reason !== undefined) return skipped(reason);
  const size = sizeOf(annotations);
  if (size > maxAnnotations) return denied(foundAll([tooLong(size)]));
  const decoding = decodePod(pod);
  if (decoding.kind === 'invalid') return denied(decoding.errors);
  const decoded = decoding.pod;

  const findings = emptyFindings();
  const values = readOwnAnnotations(annotations, findings);
  const { status, profiles, intents } = readRequest(values, origin, options, findings);
  const { kubernetesVersion, clusterName } = options;
  const { runAsUser, policy } = options.ambassador;
  const context = { pod: decoded, origin, status, kubernetesVersion, runAsUser, policy, clusterName, findings };
  const plan = planInjection(intents, context);
  const whose = sourcesOfFindings(values, profiles);
  if (plan.kind === 'invalid') return denied(mapFound(plan.errors, whose));
  const warnings = mapFound(findings.warnings, whose);
  if (plan.additions.length === 0) return skipped('nothing-to-add', warnings);
  const injectedStatus = { ...plan.status, profiles: hashesOf(profiles, status) };
  const patch = buildPatch(decoded, plan.additions, formatStatus(injectedStatus));
  const patchedSize = sizeOf({ ...annotations, ...annotationsIn(patch) });
  if (patchedSize > maxAnnotations) return denied(foundAll([tooLong(patchedSize)]));
  checkPatch(decoded, patch);
  return {
    kind: 'injected',
    additions: additionsByPath(patch),
    injected: plan.injected,
    profiles: profiles.map(({ name }) => name),
    isReinvocation: status.version !== undefined,
    status: injectedStatus,
    warnings,
    errors: foundAll([]),
  };
}

const annotationsPath = ['metadata', 'annotations'];

/** Parses what depends only on the annotations, the options, and the profile of the namespace, and not on the pod. */
function readRequest(
  values: ReadonlyMap<AnnotationName, string>,
  origin: PodOrigin,
  { ambassador, kubernetesVersion, clusterName, profiles: known }: InjectionOptions,
  findings: Findings,
): Request {
  const ofStatus = emptyFindings(); // the profiles depend on the status, but its errors come last
  const status = readStatus(values, ofStatus);
  const profiles = requestedProfiles({ values, origin, status, known }, findings);
  const intents = resolveSources(parseAnnotations(values, ambassador, findings, profiles), clusterName, findings);
  checkAvailability(intents, kubernetesVersion, findings);
  for (const error of ofStatus.errors.first) findings.errors.push(error);
  return { status, profiles, intents };
}

/** What a pod requests, and what it got earlier. */
interface Request {
  readonly status: InjectionStatus;
  readonly profiles: readonly Profile[];
  readonly intents: ResolvedIntents;
}

/** Reads what Downlink wrote earlier. A kubeconfig without its volume in the status is not one of those. */
function readStatus(values: ReadonlyMap<AnnotationName, string>, findings: Findings): InjectionStatus {
  const status = parseStatus(values.get('status'), findings);
  const value = values.get('kubeconfig');
  if (value !== undefined && !status.volumes.has(kubeconfigVolumeName)) {
    const detail = 'only Downlink writes this annotation; remove it';
    findings.errors.push({ field: annotationField('kubeconfig'), kind: 'Invalid', value, detail });
  }
  return status;
}

/**
 * Returns what is wrong with the options of a pod that requests nothing, as warnings: such a pod is never rejected. If the webhook
 * of its namespace has already injected a profile, the options of the pod have an effect with that.
 */
function strayOptionWarnings(annotations: Annotations, origin: PodOrigin, options: InjectionOptions): Found<Warning> {
  const findings = emptyFindings();
  if (sizeOf(annotations) <= maxAnnotations) {
    const values = readOwnAnnotations(annotations, findings);
    readRequest(values, origin, options, findings);
  }
  return joinFound(mapFound(findings.errors, asWarning), findings.warnings);
}

function tooLong(bytes: number): FieldError {
  const detail = `all annotations together must have at most ${maxAnnotations} bytes, but have ${bytes}`;
  return { field: 'metadata.annotations', kind: 'TooLong', detail };
}
