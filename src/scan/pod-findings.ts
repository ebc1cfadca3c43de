import { unmetRequirements } from '../kubernetes/label-selector.ts';
import { isOlder } from './older-version.ts';
import type { PodFacts } from './pod-facts.ts';
import { type Controllers, howToRecreate, topOwner } from './pod-owner.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import { formatObject, type ObjectReference, type ScanFinding } from './scan-finding.ts';
import { type NamespaceLabels, notServed } from './webhook-scope.ts';
import { nearPrefixProblem } from './workload-facts.ts';

/** What pods are seen against. */
export interface PodSurroundings {
  /** The webhooks that inject, those that work first; undefined where that cannot be seen. */
  readonly webhooks: readonly RegisteredWebhook[] | undefined;
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly namespaces: NamespaceLabels;
  readonly controllers: Controllers;
  /** What is reported for workloads already, as `code object`; it is not repeated for their pods. */
  readonly reported: ReadonlySet<string>;
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
  const near = nearPrefix(pod, object, surroundings);
  if (pod.injectedBy === undefined)
    return pod.lacks || pod.errors.length > 0 ? [notInjected(pod, object, surroundings), ...near] : near;
  return [
    ...olderInjection(pod, pod.injectedBy, object, surroundings),
    ...wouldBeDenied(pod, object, surroundings),
    ...near,
  ];
}

function isReported(code: ScanFinding['code'], object: ObjectReference, { reported }: PodSurroundings): boolean {
  return reported.has(`${code} ${formatObject(object)}`);
}

function notInjected(pod: PodFacts, object: ObjectReference, surroundings: PodSurroundings): PodFinding {
  const { reason, remedy } = whyNotInjected(pod, object, surroundings);
  return {
    severity: 'error',
    code: 'not-injected',
    problem: `not injected: ${reason}`,
    causes: isReported('template-denied', object, surroundings) ? [] : pod.errors,
    advice: remedy,
  };
}

/** The likely reason. The first that holds is told: each makes those after it unimportant. */
function whyNotInjected(
  pod: PodFacts,
  object: ObjectReference,
  { webhooks, onInvalid, namespaces }: PodSurroundings,
): { readonly reason: string; readonly remedy: string } {
  const recreate = howToRecreate(object);
  const { namespace } = pod;
  if (webhooks?.length === 0)
    return { reason: 'the webhook is not installed', remedy: `install Downlink, then ${recreate}` };
  const isReached = (one: RegisteredWebhook) =>
    notServed(namespace, one, namespaces) === undefined && selectsLabels(one, pod);
  const webhook = webhooks?.find(isReached) ?? webhooks?.[0];
  const unserved = webhook && notServed(namespace, webhook, namespaces);
  if (unserved?.kind === 'excluded') {
    const reason = `the webhook leaves the namespace ${namespace} alone`;
    return { reason, remedy: 'move it to another namespace, or remove its annotations' };
  }
  if (unserved?.kind === 'unlabelled') {
    const reason = `the namespace ${namespace} has no label ${unserved.label}, by which the webhook selects`;
    return { reason, remedy: `run kubectl label namespace ${namespace} ${unserved.label}, then ${recreate}` };
  }
  if (webhook && !selectsLabels(webhook, pod)) {
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

function selectsLabels({ objectSelector }: RegisteredWebhook, { labels }: PodFacts): boolean {
  return unmetRequirements(objectSelector, labels).length === 0;
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
function wouldBeDenied(pod: PodFacts, object: ObjectReference, surroundings: PodSurroundings): readonly PodFinding[] {
  const { onInvalid } = surroundings;
  const fate = onInvalid === 'warn' ? 'let in untouched' : 'denied';
  if (pod.errors.length === 0 || isReported('template-denied', object, surroundings)) return [];
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

/** Returns nothing where the same is reported for the workload whose template it is. */
function nearPrefix(
  { nearPrefixes }: PodFacts,
  object: ObjectReference,
  surroundings: PodSurroundings,
): readonly PodFinding[] {
  if (nearPrefixes.length === 0 || isReported('near-prefix', object, surroundings)) return [];
  return [
    {
      severity: 'warning',
      code: 'near-prefix',
      problem: nearPrefixProblem,
      causes: nearPrefixes,
      advice: `correct the keys ${placeOf(object)}, then ${howToRecreate(object)}`,
    },
  ];
}

function placeOf({ kind }: ObjectReference): string {
  return kind === 'Pod' ? 'in its manifest' : `in the pod template of the ${kind}`;
}
