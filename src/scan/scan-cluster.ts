import type { KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import { version } from '../version.ts';
import type { PodFacts } from './pod-facts.ts';
import { podFindings } from './pod-findings.ts';
import type { Controllers } from './pod-owner.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import { type InstallationView, registrations, reviewingFindings, secondWebhookFindings } from './registration.ts';
import { formatObject, type ScanFinding, type ScanReport } from './scan-finding.ts';
import { configurationFindings } from './webhook-findings.ts';
import { type NamespaceLabels, notServed } from './webhook-scope.ts';
import { type WorkloadFacts, workloadFindings } from './workload-facts.ts';

/** What is known of a cluster. Undefined is what could not be looked at; a note says why. */
export interface ClusterView {
  readonly server: string;
  readonly kubernetesVersion: KubernetesVersion | undefined;
  readonly webhooks: readonly RegisteredWebhook[] | undefined;
  /** What is behind the Services at which the webhooks that inject are called. */
  readonly installations: readonly InstallationView[];
  readonly namespaces: NamespaceLabels;
  readonly controllers: Controllers;
  /** The pods that opted in, or meant to. */
  readonly pods: readonly PodFacts[];
  /** The workloads with something wrong. */
  readonly workloads: readonly WorkloadFacts[];
  readonly lookedAt: ScanReport['lookedAt'];
  readonly notes: readonly string[];
}

/** Everything that is wrong. Pure: what was fetched, the time, and how many days before its end a certificate is told. */
export function scan(view: ClusterView, now: Date, expiringWithin: number): ScanReport {
  const { webhooks, installations, namespaces, kubernetesVersion } = view;
  const registered = registrations(webhooks ?? [], installations, now, expiringWithin);
  const running = registered[0]?.installation?.running;
  const onInvalid = running?.config?.onInvalid;
  const injecting = registered.map(({ webhook }) => webhook);
  const isServed = (namespace: string) =>
    injecting.length === 0 || injecting.some((webhook) => notServed(namespace, webhook, namespaces) === undefined);
  const ofWorkloads = workloadFindings(view.workloads, isServed, onInvalid);
  const ofPods = podFindings(view.pods, {
    webhooks: webhooks && injecting,
    onInvalid,
    namespaces,
    controllers: view.controllers,
    reported: new Set(ofWorkloads.map(({ code, object }) => `${code} ${formatObject(object)}`)),
    version,
    runningVersion: running?.version,
  });
  const findings = [
    ...(webhooks ? configurationFindings(webhooks, kubernetesVersion) : []),
    ...secondWebhookFindings(registered),
    ...registered.flatMap((one) => one.findings),
    ...reviewingFindings(webhooks ?? [], installations, now, expiringWithin),
    ...ofWorkloads,
    ...ofPods,
  ];
  return {
    version,
    server: view.server,
    lookedAt: view.lookedAt,
    findings: sorted(withoutRepeated(findings)),
    notes: view.notes,
  };
}

/** Leaves out repetitions: webhooks that are called at one Service share what is behind it. */
function withoutRepeated(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
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
