import type { KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import { version } from '../version.ts';
import type { ExpiryCheck } from './expiry.ts';
import type { PodFacts } from './pod-facts.ts';
import { podFindings } from './pod-findings.ts';
import type { Controllers } from './pod-owner.ts';
import { namespaceProfileFindings } from './profile-findings.ts';
import type { RegisteredWebhook } from './registered-webhook.ts';
import { duplicateWebhookFindings, type InstallationView, registrations, reviewingFindings } from './registration.ts';
import { formatObject, type ScanFinding, type ScanReport } from './scan-finding.ts';
import { configurationFindings } from './webhook-findings.ts';
import { type NamespaceLabels, scopeGap } from './webhook-scope.ts';
import type { WorkloadFacts } from './workload-facts.ts';
import { workloadFindings } from './workload-findings.ts';

/** What a scan has read from a cluster. A member is undefined if it cannot be read; a note says why. */
export interface ClusterView {
  readonly server: string;
  readonly kubernetesVersion: KubernetesVersion | undefined;
  readonly webhooks: readonly RegisteredWebhook[] | undefined;
  /** The installations of the webhooks that inject. */
  readonly installations: readonly InstallationView[];
  readonly namespaces: NamespaceLabels;
  readonly controllers: Controllers;
  /** The pods that opted in or have annotations with a misspelled prefix. */
  readonly pods: readonly PodFacts[];
  /** The workloads with something wrong. */
  readonly workloads: readonly WorkloadFacts[];
  readonly scanned: ScanReport['scanned'];
  readonly notes: readonly string[];
}

/** Returns everything that is wrong in a cluster. */
export function scan(view: ClusterView, check: ExpiryCheck): ScanReport {
  const { webhooks, installations, namespaces, kubernetesVersion } = view;
  const registered = registrations(webhooks ?? [], installations, check);
  const running = registered[0]?.installation?.running;
  const onInvalid = running?.config?.onInvalid;
  const injecting = registered.map(({ webhook }) => webhook);
  const isInScope = (namespace: string) =>
    injecting.length === 0 || injecting.some((webhook) => scopeGap(namespace, webhook, namespaces) === undefined);
  const ofWorkloads = workloadFindings(view.workloads, isInScope, onInvalid);
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
    ...duplicateWebhookFindings(registered),
    ...(webhooks ? namespaceProfileFindings(namespaces, webhooks) : []),
    ...registered.flatMap((one) => one.findings),
    ...reviewingFindings(webhooks ?? [], installations, check),
    ...ofWorkloads,
    ...ofPods,
  ];
  return {
    version,
    server: view.server,
    scanned: view.scanned,
    findings: inReportOrder(withoutDuplicates(findings)),
    notes: view.notes,
  };
}

/** Removes duplicates: webhooks with the same Service have the same findings about it. */
function withoutDuplicates(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** Sorts errors first, then objects without a namespace, then by kind, namespace and name. */
function inReportOrder(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  const severityRank = ({ severity }: ScanFinding) => (severity === 'error' ? 0 : 1);
  const scopeRank = ({ object }: ScanFinding) => (object.namespace === undefined ? 0 : 1);
  return findings.toSorted(
    (one, other) =>
      severityRank(one) - severityRank(other) ||
      scopeRank(one) - scopeRank(other) ||
      formatObject(one.object).localeCompare(formatObject(other.object), 'en'),
  );
}
