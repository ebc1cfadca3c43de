import { formatKubernetesVersion, isAtLeast, type KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import { injectingWebhook, injects, type RegisteredWebhook, type ServiceReference } from './registered-webhook.ts';
import type { ScanFinding } from './scan-finding.ts';

/** What there is of a webhook's Service; undefined for what may not be read. */
export interface ServiceFacts {
  /** The ports that it has; `missing` where there is no Service. */
  readonly ports: readonly number[] | 'missing' | undefined;
  readonly readyEndpoints: number | undefined;
}

/** Findings about the configurations as a whole. */
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

/** A pod without its injection is worse than one that is refused; a workload is never to be refused by us. */
function policyFindings(webhook: RegisteredWebhook): readonly ScanFinding[] {
  const right = injects(webhook) ? 'Fail' : 'Ignore';
  if (webhook.failurePolicy === right) return [];
  const consequence = injects(webhook)
    ? 'pods that asked start without their injection while the webhook is down'
    : 'workloads are refused while the webhook is down';
  return [
    {
      severity: 'warning',
      code: 'failure-policy',
      object: webhook.configuration,
      problem: `failurePolicy of ${webhook.name} is ${webhook.failurePolicy}: ${consequence}`,
      causes: [],
      advice: `set failurePolicy to ${right}, as the chart has it`,
    },
  ];
}

/** matchConditions keep a webhook that is down away from pods that asked for nothing. They are of Kubernetes 1.30. */
function versionFindings(webhook: RegisteredWebhook, version: KubernetesVersion | undefined): readonly ScanFinding[] {
  if (version === undefined || webhook.hasMatchConditions || webhook.failurePolicy !== 'Fail') return [];
  const { matchLabels, matchExpressions } = webhook.namespaceSelector ?? {};
  const selectsByLabel =
    Object.keys(matchLabels ?? {}).length > 0 ||
    (matchExpressions ?? []).some(({ operator }) => operator === 'In' || operator === 'Exists');
  const shown = formatKubernetesVersion(version);
  const reason = isAtLeast(version, 1, 30)
    ? `is without matchConditions, which Kubernetes ${shown} knows`
    : `selects no namespaces by label, and Kubernetes ${shown} knows no matchConditions (1.30 and later)`;
  if (!isAtLeast(version, 1, 30) && selectsByLabel) return [];
  return [
    {
      severity: 'warning',
      code: 'made-for-other-version',
      object: webhook.configuration,
      problem: `${webhook.name} ${reason}: while the webhook is down, pods that asked for nothing are refused, too`,
      causes: [],
      advice: 'render the chart for this server: helm upgrade, with the values of the installation',
    },
  ];
}

/** Findings about the Service that a webhook is called at, and what is behind it. */
export function serviceFindings(
  { name, namespace, port }: ServiceReference,
  { ports, readyEndpoints }: ServiceFacts,
): readonly ScanFinding[] {
  const object = { kind: 'Service', namespace, name };
  const finding = (code: ScanFinding['code'], problem: string, advice: string): ScanFinding[] => [
    { severity: 'error', code, object, problem, causes: [], advice },
  ];
  if (ports === 'missing')
    return finding(
      'service-missing',
      'it does not exist, and the API server calls the webhook at it',
      'install Downlink again: kubectl apply -f deploy/install.yaml, or helm upgrade',
    );
  if (ports !== undefined && !ports.includes(port))
    return finding(
      'service-missing',
      `it has no port ${port}, at which the API server calls the webhook`,
      `give it the port ${port}, as the chart does: helm upgrade`,
    );
  if (readyEndpoints === 0)
    return finding(
      'service-not-ready',
      'no pod behind it is ready, so the webhook cannot be called',
      `see why: kubectl -n ${namespace} get pods, then kubectl -n ${namespace} describe pod`,
    );
  return [];
}
