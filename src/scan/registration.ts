import { maintainedInstead } from './ca-bundle-advice.ts';
import { caFindings } from './ca-findings.ts';
import { certificateFindings, type ServingSecret } from './certificate-findings.ts';
import type { ExpiryCheck } from './expiry.ts';
import { injectingWebhook, injects, type RegisteredWebhook, type ServiceReference } from './registered-webhook.ts';
import { formatObject, type ScanFinding } from './scan-finding.ts';
import type { RunningWebhook } from './webhook-deployment.ts';
import { type ServiceFacts, serviceFindings } from './webhook-findings.ts';

/** The Service of a webhook, with its Deployment and certificate. */
export interface InstallationView {
  readonly service: ServiceReference;
  readonly serviceFacts: ServiceFacts;
  /** Undefined if its Deployment cannot be read. */
  readonly running: RunningWebhook | undefined;
  /** Undefined if it cannot be read. */
  readonly secret: ServingSecret | undefined;
}

/** A webhook of Downlink with its installation, and what is wrong with them. */
export interface Registration {
  readonly webhook: RegisteredWebhook;
  /** Undefined for a webhook with a URL. */
  readonly installation: InstallationView | undefined;
  readonly findings: readonly ScanFinding[];
  /** Whether the API server can call it, as far as a scan can tell. */
  readonly works: boolean;
}

/**
 * Pairs the webhooks that inject with their installations. Those that work come first, and those whose Service is
 * missing come last; among equals, those whose caBundle the server maintains come first. The first is the one to keep.
 */
export function registrations(
  webhooks: readonly RegisteredWebhook[],
  installations: readonly InstallationView[],
  check: ExpiryCheck,
): readonly Registration[] {
  const rank = ({ works, webhook, installation }: Registration) =>
    (works ? 0 : installation?.serviceFacts.kind === 'missing' ? 4 : 2) +
    (maintainedInstead(webhook, installation?.running) === undefined ? 0 : 1);
  return webhooks
    .filter(injects)
    .map((webhook) => registrationOf(webhook, installations, check))
    .toSorted((one, other) => rank(one) - rank(other));
}

/** Finds what is wrong with the other webhooks, which apply profiles of namespaces or review workloads, and share the Services. */
export function reviewingFindings(
  webhooks: readonly RegisteredWebhook[],
  installations: readonly InstallationView[],
  check: ExpiryCheck,
): readonly ScanFinding[] {
  const reviewing = webhooks.filter((webhook) => !injects(webhook));
  return reviewing.flatMap((webhook) => {
    const { ofBundle, ofInstallation } = checkWebhook(webhook, installations, check);
    // the rest is reported for the webhook that injects; without warnings, workloads are still stored
    const untrusted = ofInstallation.filter(({ code }) => code === 'certificate-untrusted');
    return [...ofBundle, ...untrusted.map((finding) => ({ ...finding, severity: 'warning' as const }))];
  });
}

/** Reports which webhook to remove if more than one injects. Expects the order of {@link registrations}. */
export function duplicateWebhookFindings(registered: readonly Registration[]): readonly ScanFinding[] {
  const [preferred, ...others] = registered;
  if (preferred === undefined) return [];
  const first = formatObject(preferred.webhook.configuration);
  return others.map(({ webhook: { configuration, failurePolicy }, works }) => {
    const consequence = failurePolicy === 'Fail' ? 'the API server rejects pods because of it' : 'it delays pods';
    const second = `a second configuration with ${injectingWebhook}, besides ${first}`;
    const command = `kubectl delete mutatingwebhookconfiguration ${configuration.name}`;
    return {
      severity: works || failurePolicy !== 'Fail' ? 'warning' : 'error',
      code: 'duplicate-webhook',
      object: configuration,
      problem: works ? second : `${second}; this one cannot work, and ${consequence}`,
      causes: [],
      advice:
        works || preferred.works
          ? `remove the one that is left over: ${command}`
          : `repair one of the two and remove the one that is left over: ${command}`,
    };
  });
}

function registrationOf(
  webhook: RegisteredWebhook,
  installations: readonly InstallationView[],
  check: ExpiryCheck,
): Registration {
  const { installation, ofBundle, ofInstallation } = checkWebhook(webhook, installations, check);
  const findings = [...ofBundle, ...ofInstallation];
  return { webhook, installation, findings, works: findings.every(({ severity }) => severity !== 'error') };
}

function checkWebhook(webhook: RegisteredWebhook, installations: readonly InstallationView[], check: ExpiryCheck) {
  const { service } = webhook;
  const installation = installations.find((one) => isSameService(one.service, service));
  const running = installation?.running;
  const ofBundle = caFindings(webhook, running, check);
  if (installation === undefined || service === undefined) return { installation, ofBundle, ofInstallation: [] };
  const { secret, serviceFacts } = installation;
  const ofInstallation = [
    ...serviceFindings(service, serviceFacts),
    ...(secret ? certificateFindings({ webhook, service, secret, running }, check) : []),
  ];
  return { installation, ofBundle, ofInstallation };
}

function isSameService(one: ServiceReference, other: ServiceReference | undefined): boolean {
  return one.namespace === other?.namespace && one.name === other.name;
}
