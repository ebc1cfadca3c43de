import { unmetRequirements } from '../kubernetes/label-selector.ts';
import { isOlder } from '../version.ts';
import { formatObject, type ObjectReference, type ScanFinding } from './finding.ts';
import { type Controllers, howToRecreate, topOwner } from './owner.ts';
import type { PodFacts } from './pod-facts.ts';
import { type NamespaceLabels, notServed } from './reach.ts';
import type { RegisteredWebhook } from './webhook.ts';

/** What pods are seen against. */
export interface PodSurroundings {
  /** The webhook that injects; undefined where there is none, null where that cannot be seen. */
  readonly webhook: RegisteredWebhook | undefined | null;
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly namespaces: NamespaceLabels;
  readonly controllers: Controllers;
  /** Workloads of which it is said already that their pods will be denied, by {@link formatObject}. */
  readonly denied: ReadonlySet<string>;
  /** This program's version. */
  readonly version: string;
  /** The version that runs in the cluster, where it can be seen. */
  readonly runningVersion: string | undefined;
}

type PodFinding = Omit<ScanFinding, 'object' | 'pods'>;

/** Findings about pods that opted in, those of one owner with the same to say as one, with their number. */
export function podFindings(pods: readonly PodFacts[], surroundings: PodSurroundings): readonly ScanFinding[] {
  const found = new Map<string, ScanFinding>();
  for (const pod of pods) {
    const self: ObjectReference = { kind: 'Pod', namespace: pod.namespace, name: pod.name };
    const object = topOwner(pod.controller ?? self, surroundings.controllers);
    for (const finding of findingsOf(pod, object, surroundings)) {
      const key = JSON.stringify([object, finding]);
      found.set(key, { ...finding, object, pods: (found.get(key)?.pods ?? 0) + 1 });
    }
  }
  return [...found.values()];
}

function findingsOf(pod: PodFacts, object: ObjectReference, surroundings: PodSurroundings): readonly PodFinding[] {
  if (pod.injectedBy === undefined)
    return pod.lacks || pod.errors.length > 0 ? [notInjected(pod, object, surroundings)] : [];
  return [...olderInjection(pod, pod.injectedBy, object, surroundings), ...wouldBeDenied(pod, object, surroundings)];
}

function notInjected(pod: PodFacts, object: ObjectReference, surroundings: PodSurroundings): PodFinding {
  const { reason, remedy } = whyNotInjected(pod, object, surroundings);
  const isTold = surroundings.denied.has(formatObject(object)); // with the workload whose template it is
  return {
    severity: 'error',
    code: 'not-injected',
    problem: `not injected: ${reason}`,
    causes: isTold ? [] : pod.errors,
    advice: remedy,
  };
}

/** The likely reason. The first that holds is told: each makes those after it unimportant. */
function whyNotInjected(
  pod: PodFacts,
  object: ObjectReference,
  { webhook, onInvalid, namespaces }: PodSurroundings,
): { readonly reason: string; readonly remedy: string } {
  const recreate = howToRecreate(object);
  const { namespace } = pod;
  if (webhook === undefined)
    return { reason: 'the webhook is not installed', remedy: `install Downlink, then ${recreate}` };
  const unserved = webhook === null ? undefined : notServed(namespace, webhook, namespaces);
  if (unserved?.kind === 'excluded') {
    const reason = `the webhook leaves the namespace ${namespace} alone`;
    return { reason, remedy: 'move it to another namespace, or remove its annotations' };
  }
  if (unserved?.kind === 'unlabelled') {
    const reason = `the namespace ${namespace} has no label ${unserved.label}, by which the webhook selects`;
    return { reason, remedy: `run kubectl label namespace ${namespace} ${unserved.label}, then ${recreate}` };
  }
  if (webhook && unmetRequirements(webhook.objectSelector, pod.labels).length > 0) {
    return {
      reason: "the webhook's objectSelector does not take its labels",
      remedy: `change its labels, then ${recreate}`,
    };
  }
  if (pod.errors.length > 0) {
    const reason =
      onInvalid === 'warn'
        ? 'its annotations have mistakes, and onInvalid is warn'
        : 'its annotations have mistakes, for which a new pod is denied';
    return { reason, remedy: `correct the annotations ${placeOf(object)}, then ${recreate}` };
  }
  if (webhook && pod.created < webhook.created)
    return { reason: 'it was created before the webhook configuration', remedy: recreate };
  if (pod.annotatedLater) {
    const reason = 'an annotation was written after it was created, and annotations are read at creation only';
    return { reason, remedy: recreate };
  }
  if (webhook?.failurePolicy === 'Ignore')
    return { reason: 'failurePolicy is Ignore, and the webhook may have been down', remedy: recreate };
  return { reason: 'when it was created nothing called the webhook; why cannot be seen any more', remedy: recreate };
}

function olderInjection(
  pod: PodFacts,
  injectedBy: string,
  object: ObjectReference,
  { version, runningVersion }: PodSurroundings,
): readonly PodFinding[] {
  const isUnreadable = injectedBy === '' && pod.errors.length > 0; // which is said as a mistake
  if (isUnreadable || !isOlder(injectedBy, version)) return [];
  const isClusterOlder = runningVersion !== undefined && isOlder(runningVersion, version);
  const first = isClusterOlder ? `upgrade Downlink in the cluster from ${runningVersion} to ${version}, then ` : '';
  return [
    {
      severity: 'warning',
      code: 'older-injection',
      problem: `injected by Downlink ${injectedBy || 'of an unknown version'}, and this is ${version}`,
      causes: [],
      advice: first + howToRecreate(object),
    },
  ];
}

/** Silent where the same is said of the workload whose template it is. */
function wouldBeDenied(
  pod: PodFacts,
  object: ObjectReference,
  { denied, onInvalid }: PodSurroundings,
): readonly PodFinding[] {
  const fate = onInvalid === 'warn' ? 'let in untouched' : 'denied';
  if (pod.errors.length === 0 || denied.has(formatObject(object))) return [];
  return [
    {
      severity: 'error',
      code: 'would-be-denied',
      problem: `it runs, and will be ${fate} when it is created anew`,
      causes: pod.errors,
      advice: `correct the annotations ${placeOf(object)}`,
    },
  ];
}

function placeOf({ kind }: ObjectReference): string {
  return kind === 'Pod' ? 'in its manifest' : `in the pod template of the ${kind}`;
}
