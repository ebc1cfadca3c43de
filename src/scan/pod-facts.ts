import { annotationKey, annotationPrefix } from '../annotations/annotation-keys.ts';
import { type InjectionStatus, statusOf } from '../annotations/injection-status.ts';
import { misspelledPrefixesIn } from '../annotations/misspelled-prefix.ts';
import { formatFieldError } from '../diagnostics/field-error.ts';
import { listFound } from '../diagnostics/findings.ts';
import { ineligible } from '../injection/eligibility.ts';
import { decideInjection } from '../injection/inject-pod.ts';
import type { PodOrigin } from '../injection/patch/injection-part.ts';
import { listAt, objectAt, valueAt } from '../json/json-value.ts';
import { decodePod } from '../kubernetes/decode-pod.ts';
import type { Labels } from '../kubernetes/label-selector.ts';
import { withoutInjected } from './original-pod.ts';
import { controllerOf } from './pod-owner.ts';
import { certainErrors, type ScanOptions, type StaleProfiles, staleProfiles } from './profile-findings.ts';
import { maxCauses, type ObjectReference } from './scan-finding.ts';

/**
 * What a scan keeps in memory about a pod that opted in or has a misspelled prefix. The rest is dropped, because a cluster
 * can have tens of thousands of pods.
 */
export interface PodFacts {
  /** Whether it has an annotation that requests something. */
  readonly optedIn: boolean;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly controller: ObjectReference | undefined;
  /** In milliseconds since the epoch. */
  readonly created: number;
  /** Whether a Downlink annotation was added after the pod's creation, when it has no effect. */
  readonly annotatedLater: boolean;
  /** Whether it has a status annotation. */
  readonly isInjected: boolean;
  /** The version in its status annotation; undefined if there is none. */
  readonly injectedBy: string | undefined;
  readonly staleProfiles: StaleProfiles;
  /** Whether it would be injected if it were recreated. */
  readonly lacksInjection: boolean;
  /** Why it would be denied if it were recreated. */
  readonly errors: readonly string[];
  /** Annotations with a misspelled prefix, as sentences. */
  readonly misspelledPrefixes: readonly string[];
}

/**
 * Returns the facts of a pod that opted in or has a misspelled prefix; undefined for any other pod, and for one that
 * has terminated or is being deleted.
 */
export function podFacts(pod: unknown, options: ScanOptions): PodFacts | undefined {
  const annotations = objectAt(pod, ['metadata', 'annotations']);
  const reason = ineligible(annotations);
  if (reason !== undefined && reason !== 'not-requested') return undefined;
  const misspelledPrefixes = misspelledPrefixesIn(pod, []).map(({ field, detail }) => `${field}: ${detail}`);
  const { version: injectedBy, profiles } = statusOf(pod);
  if (reason !== undefined && misspelledPrefixes.length === 0 && profiles.size === 0) return undefined;
  if (['Succeeded', 'Failed'].includes(String(valueAt(pod, ['status', 'phase'])))) return undefined;
  if (valueAt(pod, ['metadata', 'deletionTimestamp'])) return undefined;

  const namespace = String(valueAt(pod, ['metadata', 'namespace']) ?? '');
  const decoded = decodePod(pod);
  const decision = decideInjection(
    decoded.kind === 'valid' ? withoutInjected(decoded.pod) : pod,
    { namespace, ...namespaceProfile(annotations, profiles) },
    options,
  );
  const created = Date.parse(String(valueAt(pod, ['metadata', 'creationTimestamp'])));
  return {
    optedIn: reason === undefined,
    namespace,
    name: String(valueAt(pod, ['metadata', 'name']) ?? ''),
    labels: objectAt(pod, ['metadata', 'labels']) as Labels,
    controller: controllerOf(pod),
    created,
    annotatedLater: annotatedAfter(pod, created),
    isInjected: typeof annotations[annotationKey('status')] === 'string',
    injectedBy,
    staleProfiles: staleProfiles(profiles, options),
    lacksInjection: decision.kind === 'injected',
    errors: listFound(certainErrors(decision.errors, options), maxCauses, formatFieldError),
    misspelledPrefixes,
  };
}

/** Returns the profile that the namespace requested for a pod that names none. */
function namespaceProfile(
  annotations: Readonly<Record<string, unknown>>,
  profiles: InjectionStatus['profiles'],
): Pick<PodOrigin, 'namespaceProfile'> {
  const [first] = profiles.keys();
  const isOfNamespace = first !== undefined && !Object.hasOwn(annotations, `${annotationPrefix}profile`);
  return isOfNamespace ? { namespaceProfile: first } : {};
}

/** Reports whether, by the times in managedFields, a Downlink annotation was written after the creation of the pod. */
function annotatedAfter(pod: unknown, created: number): boolean {
  return listAt(pod, ['metadata', 'managedFields']).some((entry) => {
    const written = objectAt(entry, ['fieldsV1', 'f:metadata', 'f:annotations']);
    const isDownlink = Object.keys(written).some((key) => key.startsWith(`f:${annotationPrefix}`));
    return isDownlink && Date.parse(String(valueAt(entry, ['time']))) > created;
  });
}
