import { unmetRequirements } from '../kubernetes/label-selector.ts';
import { isOlder } from './older-version.ts';
import type { PodFacts } from './pod-facts.ts';
import { type Controllers, howToRecreate, topOwner } from './pod-owner.ts';
import { staleProfileFindings } from './profile-findings.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import { formatObject, type ObjectReference, type ScanFinding } from './scan-finding.ts';
import { type NamespaceLabels, scopeGap } from './webhook-scope.ts';
import { misspelledPrefixProblem } from './workload-findings.ts';

/** What the findings about pods depend on. */
export interface PodContext {
  /** The webhooks that inject, those that work first; undefined if they cannot be read. */
  readonly webhooks: readonly RegisteredWebhook[] | undefined;
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly namespaces: NamespaceLabels;
  readonly controllers: Controllers;
  /** The findings about workloads, as `code object`, which are not repeated for their pods. */
  readonly reported: ReadonlySet<string>;
  /** The version of this program. */
  readonly version: string;
  /** The version that runs in the cluster; undefined if it cannot be read. */
  readonly runningVersion: string | undefined;
}

type PodFinding = Omit<ScanFinding, 'object' | 'pods'>;

/**
 * Returns the findings about pods that opted in. Pods of one owner with the same finding share it, with their number.
 */
export function podFindings(pods: readonly PodFacts[], context: PodContext): readonly ScanFinding[] {
  const found = new Map<string, { readonly finding: PodFinding; readonly object: ObjectReference; pods: number }>();
  for (const pod of pods) {
    const self: ObjectReference = { kind: 'Pod', namespace: pod.namespace, name: pod.name };
    const object = topOwner(pod.controller ?? self, context.controllers);
    for (const finding of findingsOf(pod, object, context)) {
      const key = JSON.stringify([object, finding]);
      const shared = found.get(key);
      if (shared === undefined) found.set(key, { finding, object, pods: 1 });
      else shared.pods++;
    }
  }
  return [...found.values()].map(({ finding, ...affected }) => ({ ...finding, ...affected }));
}

function findingsOf(pod: PodFacts, object: ObjectReference, context: PodContext): readonly PodFinding[] {
  const prefixes = misspelledPrefixes(pod, object, context);
  if (!pod.isInjected)
    return pod.lacksInjection || pod.errors.length > 0 ? [notInjected(pod, object, context), ...prefixes] : prefixes;
  return [
    ...olderInjection(pod, object, context),
    ...staleProfileFindings(pod.staleProfiles, object),
    ...wouldBeDenied(pod, object, context),
    ...prefixes,
  ];
}

function isReported(code: ScanFinding['code'], object: ObjectReference, { reported }: PodContext): boolean {
  return reported.has(`${code} ${formatObject(object)}`);
}

function notInjected(pod: PodFacts, object: ObjectReference, context: PodContext): PodFinding {
  const { reason, remedy } = whyNotInjected(pod, object, context);
  return {
    severity: 'error',
    code: 'not-injected',
    problem: `not injected: ${reason}`,
    causes: isReported('template-denied', object, context) ? [] : pod.errors,
    advice: remedy,
  };
}

interface Explanation {
  readonly reason: string;
  readonly remedy: string;
}

/** Returns the likely reason. The order of the checks matters: the first reason makes the later ones irrelevant. */
function whyNotInjected(
  pod: PodFacts,
  object: ObjectReference,
  { webhooks, onInvalid, namespaces }: PodContext,
): Explanation {
  const recreate = howToRecreate(object);
  const { namespace } = pod;
  if (webhooks?.length === 0)
    return { reason: 'the webhook is not installed', remedy: `install Downlink, then ${recreate}` };
  const isInScope = (one: RegisteredWebhook) =>
    scopeGap(namespace, one, namespaces) === undefined && selectsLabels(one, pod);
  const webhook = webhooks?.find(isInScope) ?? webhooks?.[0];
  const outOfScope = webhook && whyOutOfScope(pod, webhook, namespaces, recreate);
  if (outOfScope !== undefined) return outOfScope;
  if (pod.errors.length > 0) {
    const reason =
      onInvalid === 'warn'
        ? 'its annotations have mistakes, and onInvalid is warn'
        : 'its annotations have mistakes, so a new pod would be denied';
    return { reason, remedy: `correct the annotations ${placeOf(object)}, then ${recreate}` };
  }
  if (webhook && pod.created < webhook.created)
    return { reason: 'it was created before the webhook configuration', remedy: recreate };
  if (pod.annotatedLater) {
    const reason = 'an annotation was added after its creation, and annotations take effect only at creation';
    return { reason, remedy: recreate };
  }
  if (webhook?.failurePolicy === 'Ignore')
    return { reason: 'failurePolicy is Ignore, and the webhook may have been down', remedy: recreate };
  return {
    reason: 'the webhook was not called when it was created, and nothing in the cluster shows why',
    remedy: recreate,
  };
}

/** Returns why the webhook is not called for the pod; undefined if its selectors match. */
function whyOutOfScope(
  pod: PodFacts,
  webhook: RegisteredWebhook,
  namespaces: NamespaceLabels,
  recreate: string,
): Explanation | undefined {
  const { namespace } = pod;
  const gap = scopeGap(namespace, webhook, namespaces);
  if (gap?.kind === 'excluded') {
    const reason = `the webhook excludes the namespace ${namespace}`;
    return { reason, remedy: 'move it to another namespace, or remove its annotations' };
  }
  if (gap?.kind === 'unlabeled') {
    const reason = `the namespace ${namespace} lacks the label ${gap.label}, which the webhook requires`;
    return { reason, remedy: `run kubectl label namespace ${namespace} ${gap.label}, then ${recreate}` };
  }
  if (selectsLabels(webhook, pod)) return undefined;
  const reason = "the webhook's objectSelector does not match its labels";
  return { reason, remedy: `change its labels, then ${recreate}` };
}

function selectsLabels({ objectSelector }: RegisteredWebhook, { labels }: PodFacts): boolean {
  return unmetRequirements(objectSelector, labels).length === 0;
}

function olderInjection(
  { injectedBy, errors }: PodFacts,
  object: ObjectReference,
  { version, runningVersion }: PodContext,
): readonly PodFinding[] {
  if (injectedBy === undefined && errors.length > 0) return []; // an unreadable status is reported as a mistake
  if (injectedBy !== undefined && !isOlder(injectedBy, version)) return [];
  const isClusterOlder = runningVersion !== undefined && isOlder(runningVersion, version);
  const first = isClusterOlder ? `upgrade Downlink in the cluster from ${runningVersion} to ${version}, then ` : '';
  return [
    {
      severity: 'warning',
      code: 'older-injection',
      problem: `injected by Downlink ${injectedBy ?? 'of an unknown version'}, and this is ${version}`,
      causes: [],
      advice: first + howToRecreate(object),
    },
  ];
}

/** Reports nothing if the same is reported for the workload. */
function wouldBeDenied(pod: PodFacts, object: ObjectReference, context: PodContext): readonly PodFinding[] {
  if (pod.errors.length === 0 || isReported('template-denied', object, context)) return [];
  const consequence = context.onInvalid === 'warn' ? 'not be injected' : 'be denied';
  return [
    {
      severity: 'error',
      code: 'would-be-denied',
      problem: `it runs, but would ${consequence} if it were recreated`,
      causes: pod.errors,
      advice: `correct the annotations ${placeOf(object)}`,
    },
  ];
}

/** Reports nothing if the same is reported for the workload. */
function misspelledPrefixes(
  { misspelledPrefixes: causes }: PodFacts,
  object: ObjectReference,
  context: PodContext,
): readonly PodFinding[] {
  if (causes.length === 0 || isReported('misspelled-prefix', object, context)) return [];
  return [
    {
      severity: 'warning',
      code: 'misspelled-prefix',
      problem: misspelledPrefixProblem,
      causes,
      advice: `correct the keys ${placeOf(object)}, then ${howToRecreate(object)}`,
    },
  ];
}

function placeOf({ kind }: ObjectReference): string {
  return kind === 'Pod' ? 'in its manifest' : `in the pod template of the ${kind}`;
}
