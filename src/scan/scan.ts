import type { KubernetesVersion } from '../kubernetes/version.ts';
import { version } from '../version.ts';
import { caFindings } from './ca-findings.ts';
import { certificateFindings, type ServingSecret } from './certificate-findings.ts';
import { formatObject, type ScanFinding, type ScanReport } from './finding.ts';
import type { RunningWebhook } from './installation.ts';
import type { Controllers } from './owner.ts';
import type { PodFacts } from './pod-facts.ts';
import { podFindings } from './pod-findings.ts';
import { type NamespaceLabels, notServed } from './reach.ts';
import { injects, type RegisteredWebhook, type ServiceReference } from './webhook.ts';
import { configurationFindings, type ServiceFacts, serviceFindings } from './webhook-findings.ts';
import { type WorkloadFacts, workloadFindings } from './workload-facts.ts';

/** What is known of a cluster. Undefined is what could not be looked at; a note says why. */
export interface ClusterView {
  readonly server: string;
  readonly kubernetesVersion: KubernetesVersion | undefined;
  readonly webhooks: readonly RegisteredWebhook[] | undefined;
  /** What is behind the webhook that injects; undefined, too, where it is called by a URL. */
  readonly installation: InstallationView | undefined;
  readonly namespaces: NamespaceLabels;
  readonly controllers: Controllers;
  /** The pods that opted in. */
  readonly pods: readonly PodFacts[];
  /** The workloads with something wrong. */
  readonly workloads: readonly WorkloadFacts[];
  readonly lookedAt: ScanReport['lookedAt'];
  readonly notes: readonly string[];
}

export interface InstallationView {
  readonly service: ServiceReference;
  readonly serviceFacts: ServiceFacts;
  readonly running: RunningWebhook | undefined;
  readonly secret: ServingSecret | undefined;
}

/** Everything that is wrong. Pure: what was fetched, the time, and how many days before its end a certificate is told. */
export function scan(view: ClusterView, now: Date, expiringWithin: number): ScanReport {
  const { webhooks, installation, namespaces } = view;
  const running = installation?.running;
  const onInvalid = running?.config?.onInvalid;
  const webhook = webhooks === undefined ? null : webhooks.find(injects);
  const isServed = (namespace: string) => !webhook || notServed(namespace, webhook, namespaces) === undefined;
  const ofWorkloads = workloadFindings(view.workloads, isServed, onInvalid);
  const denied = ofWorkloads.filter(({ code }) => code === 'template-denied').map(({ object }) => formatObject(object));
  const ofPods = podFindings(view.pods, {
    webhook,
    onInvalid,
    namespaces,
    controllers: view.controllers,
    denied: new Set(denied),
    version,
    runningVersion: running?.version,
  });
  const findings = [
    ...configurationFindingsOf(view),
    ...(webhooks ?? []).flatMap((one) => caFindings(one, running, now, expiringWithin)),
    ...(installation && webhook ? installationFindings(installation, webhook, now, expiringWithin) : []),
    ...ofWorkloads,
    ...ofPods,
  ];
  return { version, server: view.server, lookedAt: view.lookedAt, findings: sorted(findings), notes: view.notes };
}

function configurationFindingsOf({ webhooks, kubernetesVersion }: ClusterView): readonly ScanFinding[] {
  return webhooks === undefined ? [] : configurationFindings(webhooks, kubernetesVersion);
}

function installationFindings(
  { service, serviceFacts, secret, running }: InstallationView,
  webhook: RegisteredWebhook,
  now: Date,
  expiringWithin: number,
): readonly ScanFinding[] {
  return [
    ...serviceFindings(service, serviceFacts),
    ...(secret ? certificateFindings(webhook, service, secret, running, now, expiringWithin) : []),
  ];
}

/** Errors first, then as found: the installation, workloads, pods; these by namespace and name. */
function sorted(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  const rank = ({ severity, object }: ScanFinding) => [
    severity === 'error' ? 0 : 1,
    object.namespace === undefined ? 0 : 1,
  ];
  return findings.toSorted((one, other) => {
    const [left, right] = [rank(one), rank(other)];
    const byRank = (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
    return byRank || formatObject(one.object).localeCompare(formatObject(other.object), 'en');
  });
}
