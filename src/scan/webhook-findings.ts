import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import {
  appliesProfile,
  injectingWebhook,
  injects,
  type RegisteredWebhook,
  type ServiceReference,
} from './registered-webhook.ts';
import type { ScanFinding } from './scan-finding.ts';

/** The Service of a webhook. It is `unknown` if it cannot be read. */
export type ServiceFacts =
  | { readonly kind: 'missing' }
  | { readonly kind: 'found'; readonly ports: readonly number[]; readonly readyEndpoints: number | undefined }
  | { readonly kind: 'unknown'; readonly readyEndpoints: number | undefined };

/** Checks the webhook configurations as a whole. */
export function configurationFindings(
  webhooks: readonly RegisteredWebhook[],
  version: KubernetesVersion | undefined,
): readonly ScanFinding[] {
  const injecting = webhooks.filter(injects);
  if (injecting.length === 0) {
    return [
      {
        severity: 'error',
        code: 'webhook-missing',
        object: { kind: 'MutatingWebhookConfiguration', name: 'downlink' },
        problem: `no configuration has a webhook ${injectingWebhook}, so no pod is injected`,
        causes: [],
        advice: 'install Downlink: kubectl apply -f deploy/install.yaml, or helm install',
      },
    ];
  }
  return [...webhooks.flatMap(policyFindings), ...injecting.flatMap((one) => versionFindings(one, version))];
}

/**
 * Checks failurePolicy. A pod that starts without its injection is worse than a rejected one, but a workload must never be
 * rejected because of Downlink.
 */
function policyFindings(webhook: RegisteredWebhook): readonly ScanFinding[] {
  if (appliesProfile(webhook)) return []; // its pods did not ask one by one, so either is a choice
  const expected = injects(webhook) ? 'Fail' : 'Ignore';
  if (webhook.failurePolicy === expected) return [];
  const consequence = injects(webhook)
    ? 'while the webhook is down, pods start without the injection that they requested'
    : 'while the webhook is down, workloads are rejected';
  return [
    {
      severity: 'warning',
      code: 'failure-policy',
      object: webhook.configuration,
      problem: `failurePolicy of ${webhook.name} is ${webhook.failurePolicy}: ${consequence}`,
      causes: [],
      advice: `set failurePolicy to ${expected}, as in the chart`,
    },
  ];
}

/**
 * Checks matchConditions (Kubernetes 1.30 and later), which keep an outage of the webhook from affecting pods without
 * annotations.
 */
function versionFindings(webhook: RegisteredWebhook, version: KubernetesVersion | undefined): readonly ScanFinding[] {
  if (version === undefined || webhook.hasMatchConditions || webhook.failurePolicy !== 'Fail') return [];
  const { matchLabels, matchExpressions } = webhook.namespaceSelector ?? {};
  const selectsByLabel =
    Object.keys(matchLabels ?? {}).length > 0 ||
    (matchExpressions ?? []).some(({ operator }) => operator === 'In' || operator === 'Exists');
  const shown = formatKubernetesVersion(version);
  const reason = isAtLeast(version, 1, 30)
    ? `has no matchConditions, which Kubernetes ${shown} supports`
    : `selects no namespaces by label, and Kubernetes ${shown} does not support matchConditions (1.30 and later)`;
  if (!isAtLeast(version, 1, 30) && selectsByLabel) return [];
  return [
    {
      severity: 'warning',
      code: 'made-for-other-version',
      object: webhook.configuration,
      problem: `${webhook.name} ${reason}: while the webhook is down, pods that request nothing are rejected as well`,
      causes: [],
      advice: 'render the chart for this server: helm upgrade, with the values of the installation',
    },
  ];
}

/** Checks the Service of a webhook and its endpoints. */
export function serviceFindings(
  { name, namespace, port }: ServiceReference,
  facts: ServiceFacts,
): readonly ScanFinding[] {
  const object = { kind: 'Service', namespace, name };
  const finding = (code: ScanFinding['code'], problem: string, advice: string): ScanFinding[] => [
    { severity: 'error', code, object, problem, causes: [], advice },
  ];
  if (facts.kind === 'missing')
    return finding(
      'service-missing',
      'it does not exist, and the API server calls the webhook through it',
      'reinstall Downlink: kubectl apply -f deploy/install.yaml, or helm upgrade',
    );
  if (facts.kind === 'found' && !facts.ports.includes(port))
    return finding(
      'service-missing',
      `it has no port ${port}, on which the API server calls the webhook`,
      `add port ${port}, as in the chart: helm upgrade`,
    );
  if (facts.readyEndpoints === 0)
    return finding(
      'service-not-ready',
      'it has no ready endpoints, so the webhook cannot be called',
      `check its pods: kubectl -n ${namespace} get pods, then kubectl -n ${namespace} describe pod`,
    );
  return [];
}
