import { type AnnotationName, annotationField, isGenerated } from '../annotations/annotation-keys.ts';
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
  repeatFindings,
  type Warning,
} from '../diagnostics/findings.ts';
import { operationsOf } from '../json/json-patch.ts';
import { objectAt } from '../json/json-value.ts';
import { decodePod } from '../kubernetes/decode-pod.ts';
import type { Pod } from '../kubernetes/pod.ts';
import { type CompileRequest, compileRequest, type InjectionRequest } from './compile-request.ts';
import { type Decision, denied, type Outcome, skipped } from './decision.ts';
import { ineligible } from './eligibility.ts';
import type { InjectionOptions } from './injection-options.ts';
import { readOwnAnnotations } from './own-annotations.ts';
import { buildPatch } from './patch/build-patch.ts';
import type { PodOrigin } from './patch/injection-part.ts';
import { additionsByPath, annotationsIn } from './patch/patch-target.ts';
import { applyChecked, checkPatch } from './patch/self-check.ts';
import { planInjection } from './plan-injection.ts';
import { type AboutAnnotation, hashesOf, inheritedProfiles, sourcesOfFindings } from './requested-profiles.ts';

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

/**
 * Decides what a pod gets. The response to a review does not need the patched pod, which takes longer than everything else.
 * `compile` prepares what the annotations request; one that remembers requests saves that for pods with the same annotations.
 */
export function decideInjection(
  pod: unknown,
  origin: PodOrigin,
  options: InjectionOptions,
  compile: CompileRequest = compileRequest,
): Decision {
  const decision = decide(pod, origin, options, compile);
  if (decision.kind !== 'denied' || options.onInvalid === 'deny') return decision;
  const { errors } = decision;
  return { kind: 'skipped', reason: 'invalid-let-through', warnings: mapFound(errors, asWarning), errors };
}

function decide(pod: unknown, origin: PodOrigin, options: InjectionOptions, compile: CompileRequest): Decision {
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
  const { status, request } = readRequest(values, origin, options, findings, compile);
  const { profiles } = request;
  const { kubernetesVersion, clusterName } = options;
  const plan = planInjection(request, { pod: decoded, origin, status, kubernetesVersion, clusterName, findings });
  const attributed = <T extends AboutAnnotation>({ first, total }: Found<T>): Found<T> =>
    total === 0 || profiles.length === 0
      ? { first, total }
      : mapFound({ first, total }, sourcesOfFindings(values, profiles));
  if (plan.kind === 'invalid') return denied(attributed(plan.errors));
  const warnings = attributed<Warning>(findings.warnings);
  if (plan.additions.length === 0) return skipped('nothing-to-add', warnings);
  const injectedStatus = { ...plan.status, profiles: hashesOf(profiles, status) };
  const patch = buildPatch(decoded, plan.additions, formatStatus(injectedStatus));
  const patchedSize = sizeWith(annotations, size, annotationsIn(patch));
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

/** Returns the size of the annotations of a pod with the added ones, some of which it may already have. */
function sizeWith(annotations: Annotations, size: number, added: Readonly<Record<string, string>>): number {
  const most = size + sizeOf(added);
  return most <= maxAnnotations ? most : sizeOf({ ...annotations, ...added });
}

/** Reads what a pod requests, and what it got earlier. */
function readRequest(
  values: ReadonlyMap<AnnotationName, string>,
  origin: PodOrigin,
  options: InjectionOptions,
  findings: Findings,
  compile: CompileRequest,
): { readonly status: InjectionStatus; readonly request: InjectionRequest } {
  const ofStatus = emptyFindings(); // the profiles depend on the status, but its errors come last
  const status = readStatus(values, ofStatus);
  const { namespace, isNamespaceAssumed = false } = origin;
  const request = compile(
    {
      values: withoutGenerated(values),
      inheritedProfiles: inheritedProfiles(origin, status),
      origin: { namespace, isNamespaceAssumed },
    },
    options,
  );
  repeatFindings(request.findings, findings);
  repeatFindings(ofStatus, findings);
  return { status, request };
}

function withoutGenerated(values: ReadonlyMap<AnnotationName, string>): ReadonlyMap<AnnotationName, string> {
  for (const name of values.keys()) {
    if (isGenerated(name)) return new Map([...values].filter(([one]) => !isGenerated(one)));
  }
  return values; // as in nearly every pod
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
    readRequest(values, origin, options, findings, compileRequest);
  }
  return joinFound(mapFound(findings.errors, asWarning), findings.warnings);
}

function tooLong(bytes: number): FieldError {
  const detail = `all annotations together must have at most ${maxAnnotations} bytes, but have ${bytes}`;
  return { field: 'metadata.annotations', kind: 'TooLong', detail };
}
