import { keptInstead } from './ca-bundle-advice.ts';
import { caFindings } from './ca-findings.ts';
import { certificateFindings, type ServingSecret } from './certificate-findings.ts';
import type { RunningWebhook } from './installation.ts';
import { injectingWebhook, injects, type RegisteredWebhook, type ServiceReference } from './registered-webhook.ts';
import { formatObject, type ScanFinding } from './scan-finding.ts';
import { type ServiceFacts, serviceFindings } from './webhook-findings.ts';

/** What is behind the Service that a webhook is called at. */
export interface InstallationView {
  readonly service: ServiceReference;
  readonly serviceFacts: ServiceFacts;
  readonly running: RunningWebhook | undefined;
  readonly secret: ServingSecret | undefined;
}

/** A webhook of ours, what is behind it, and what is wrong with the two. */
export interface Registration {
  readonly webhook: RegisteredWebhook;
  /** Undefined where it is called by a URL, or where its Service was not looked at. */
  readonly installation: InstallationView | undefined;
  readonly findings: readonly ScanFinding[];
  /** Whether the API server can call it, as far as can be seen. */
  readonly works: boolean;
}

/**
 * Pairs the webhooks that inject with what is behind them: those that work first, those without a Service last, before others
 * those whose caBundle the server itself keeps, and then by the order given. The first is the one to go by where there should be one only.
 */
export function registrations(
  webhooks: readonly RegisteredWebhook[],
  installations: readonly InstallationView[],
  now: Date,
  expiringWithin: number,
): readonly Registration[] {
  const rank = ({ works, webhook, installation }: Registration) =>
    (works ? 0 : installation?.serviceFacts.ports === 'missing' ? 4 : 2) +
    (keptInstead(webhook, installation?.running) === undefined ? 0 : 1);
  return webhooks
    .filter(injects)
    .map((webhook) => registrationOf(webhook, installations, now, expiringWithin))
    .toSorted((one, other) => rank(one) - rank(other));
}

/** Finds what is wrong with the webhooks that only review workloads, which are called at the same Services. */
export function reviewingFindings(
  webhooks: readonly RegisteredWebhook[],
  installations: readonly InstallationView[],
  now: Date,
  expiringWithin: number,
): readonly ScanFinding[] {
  const reviewing = webhooks.filter((webhook) => !injects(webhook));
  return reviewing.flatMap((webhook) => {
    const { ofBundle, behind } = lookAt(webhook, installations, now, expiringWithin);
    // what is behind the Service is reported for the webhook that injects; a workload is stored even if nobody is warned
    const untrusted = behind.filter(({ code }) => code === 'certificate-untrusted');
    return [...ofBundle, ...untrusted.map((finding) => ({ ...finding, severity: 'warning' as const }))];
  });
}

/** Reports which webhook to remove where more than one injects. The registrations are in the order of {@link registrations}. */
export function secondWebhookFindings(registered: readonly Registration[]): readonly ScanFinding[] {
  const [right, ...others] = registered;
  if (right === undefined) return [];
  const first = formatObject(right.webhook.configuration);
  return others.map(({ webhook: { configuration, failurePolicy }, works }) => {
    const consequence = failurePolicy === 'Fail' ? 'the API server refuses pods because of it' : 'it delays pods';
    const second = `a second configuration with ${injectingWebhook}, beside ${first}`;
    const command = `kubectl delete mutatingwebhookconfiguration ${configuration.name}`;
    return {
      severity: works || failurePolicy !== 'Fail' ? 'warning' : 'error',
      code: 'webhook-twice',
      object: configuration,
      problem: works ? second : `${second}; this one cannot work, and ${consequence}`,
      causes: [],
      advice:
        works || right.works
          ? `remove the one that is left over: ${command}`
          : `repair one of the two and remove the one that is left over: ${command}`,
    };
  });
}

function registrationOf(
  webhook: RegisteredWebhook,
  installations: readonly InstallationView[],
  now: Date,
  expiringWithin: number,
): Registration {
  const { installation, ofBundle, behind } = lookAt(webhook, installations, now, expiringWithin);
  const findings = [...ofBundle, ...behind];
  return { webhook, installation, findings, works: findings.every(({ severity }) => severity !== 'error') };
}

function lookAt(
  webhook: RegisteredWebhook,
  installations: readonly InstallationView[],
  now: Date,
  expiringWithin: number,
) {
  const { service } = webhook;
  const installation = installations.find(({ service: one }) => isSame(one, service));
  const running = installation?.running;
  const ofBundle = caFindings(webhook, running, now, expiringWithin);
  if (installation === undefined || service === undefined) return { installation, ofBundle, behind: [] };
  const { secret, serviceFacts } = installation;
  const behind = [
    ...serviceFindings(service, serviceFacts),
    ...(secret ? certificateFindings(webhook, service, secret, running, now, expiringWithin) : []),
  ];
  return { installation, ofBundle, behind };
}

function isSame(one: ServiceReference, other: ServiceReference | undefined): boolean {
  return one.namespace === other?.namespace && one.name === other.name;
}
