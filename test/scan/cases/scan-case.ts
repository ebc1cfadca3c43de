import assert from 'node:assert/strict';
import { type Config, parseConfig } from '../../../src/config/config.ts';
import type { Profiles } from '../../../src/injection/profile.ts';
import { parseKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import { podFacts } from '../../../src/scan/pod-facts.ts';
import type { ScanOptions } from '../../../src/scan/profile-findings.ts';
import { registeredWebhooks } from '../../../src/scan/registered-webhook.ts';
import { type ClusterView, scan } from '../../../src/scan/scan-cluster.ts';
import { formatObject, type ScanFinding, type ScanReport } from '../../../src/scan/scan-finding.ts';
import { workloadFacts } from '../../../src/scan/workload-facts.ts';
import { version } from '../../../src/version.ts';
import { issue } from '../certificates.ts';

/** A cluster that is right except for what the case changes, and what a scan finds in it. */
export interface ScanCase {
  readonly name: string;
  readonly pods?: readonly object[];
  readonly workloads?: readonly object[];
  /** Replaces the configuration of install.yaml. */
  readonly configurations?: readonly object[];
  readonly view?: (good: ClusterView) => Partial<ClusterView>;
  readonly options?: Partial<ScanOptions>;
  /** `code object pods` of each finding. */
  readonly found: readonly string[];
  /** Matches the problem, causes and advice of the first finding. */
  readonly says?: RegExp;
  /** In days. */
  readonly expiringWithin?: number;
}

export const now = new Date('2026-06-01T12:00:00Z');
const day = 24 * 60 * 60 * 1000; // milliseconds
/** When the webhook configuration was created; pods were created a day later. */
export const registered = '2026-01-01T00:00:00Z';
const config = configWith({});
const profile = { values: new Map(), env: undefined, files: undefined, locked: new Set<never>(), hash: '0badcafe' };
const profiles: Profiles = new Map(['web', 'datadog'].map((name) => [name, { name, ...profile }]));
export const options = {
  ...config,
  kubernetesVersion: parseKubernetesVersion('1.33'),
  profiles,
  profilesAreKnown: true,
};

/** Annotations that request something. */
export const requests = { 'downlink.dev/env': 'pod' };
export const mistakes = { 'downlink.dev/env': 'POD=metadata.nam' };
export const status = (by: string) => ({
  'downlink.dev/status': JSON.stringify({ version: by, env: { main: ['POD_NAME'] } }),
});
export const injected = { 'downlink.dev/env': 'metadata.name', ...status(version) };
const podName = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
export const deployment = (name: string) => ({ kind: 'Deployment', namespace: 'shop', name });
export const replicaSet = { kind: 'ReplicaSet', name: 'web-1', controller: true };

export const issued = await issue(now, 30 * day);
const installed: ClusterView['installations'][number] = {
  service: { namespace: 'downlink', name: 'downlink', port: 443 },
  serviceFacts: { kind: 'found', ports: [443, 8080], readyEndpoints: 2 },
  running: {
    deployment: 'downlink',
    version,
    config,
    profilesAreKnown: true,
    certificateSecret: 'downlink-certificates',
  },
  secret: { kind: 'found', name: 'downlink-certificates', certificate: issued.serving },
};
/** An installation whose Service is missing. */
export const missingInstallation: ClusterView['installations'][number] = {
  service: { namespace: 'gone', name: 'downlink', port: 443 },
  serviceFacts: { kind: 'missing' },
  running: undefined,
  secret: undefined,
};
/** Flags of a server that maintains its certificates, and of one that reads them from files. */
export const selfSigned = { certificateMode: 'self-signed', namespace: 'downlink' };
export const fromFiles = { tlsCertFile: 'tls.crt', tlsPrivateKeyFile: 'tls.key' };

/** Returns the report about the cluster of a case. */
export function reportOf({
  pods = [],
  workloads = [],
  configurations = [configuration({})],
  view,
  options: changes,
  expiringWithin = 7,
}: ScanCase): ScanReport {
  const good = goodView(configurations);
  const facts = {
    pods: pods.flatMap((one) => podFacts(one, { ...options, ...changes }) ?? []),
    workloads: workloads.flatMap((one) => workloadFacts(one, { ...options, ...changes }) ?? []),
  };
  return scan({ ...good, ...facts, ...view?.(good) }, { now, expiringWithin });
}

function goodView(configurations: readonly object[]): ClusterView {
  return {
    server: 'https://127.0.0.1:6443',
    kubernetesVersion: options.kubernetesVersion,
    webhooks: configurations.flatMap(registeredWebhooks),
    installations: [installed],
    namespaces: new Map(
      ['shop', 'kube-system', 'downlink'].map((name) => [name, { 'kubernetes.io/metadata.name': name }]),
    ),
    controllers: new Map(),
    pods: [],
    workloads: [],
    scanned: { pods: 0, namespaces: 0, optedIn: 0, workloads: 0 },
    notes: [],
  };
}

function configWith(flags: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig({ flags, environment: {}, file: undefined });
  assert.equal(parsed.kind, 'valid');
  return parsed.config;
}

export function pod(annotations: object, { status, ...metadata }: Readonly<Record<string, unknown>> = {}): object {
  const own = { name: 'one', namespace: 'shop', creationTimestamp: '2026-01-02T00:00:00Z', annotations, ...metadata };
  const env = 'downlink.dev/status' in annotations ? [podName] : [];
  return { metadata: own, spec: { containers: [{ name: 'main', image: 'busybox:1.37', env }] }, status };
}

export function workload(
  kind: string,
  ofPods: object,
  own: object = {},
  owners: readonly object[] = [],
  namespace = 'shop',
) {
  const template = { metadata: { annotations: ofPods }, spec: { containers: [{ name: 'main' }] } };
  return {
    apiVersion: kind.endsWith('Job') ? 'batch/v1' : kind === 'ReplicationController' ? 'v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace, annotations: own, ownerReferences: owners },
    spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
  };
}

/** Returns the configuration of install.yaml with a caBundle, and with these fields changed. */
export function configuration({ caBundle, ...fields }: Readonly<Record<string, unknown>>, name = 'downlink'): object {
  const service = { namespace: 'downlink', name: 'downlink', path: '/mutate', port: 443 };
  return {
    kind: 'MutatingWebhookConfiguration',
    metadata: { name, creationTimestamp: registered },
    webhooks: [
      {
        name: 'pods.downlink.dev',
        clientConfig: { service, caBundle: caBundle ?? bundle(issued.authority) },
        matchConditions: [{ name: 'asks-for-downlink', expression: 'true' }],
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'downlink'] },
          ],
        },
        objectSelector: {
          matchExpressions: [{ key: 'downlink.dev/component', operator: 'NotIn', values: ['webhook'] }],
        },
        failurePolicy: 'Fail',
        ...fields,
      },
    ],
  };
}

/** Returns a configuration that calls a Service in another namespace. */
export function calling(object: object, namespace: string): object {
  const { webhooks } = object as { webhooks: readonly { clientConfig: { service: object } }[] };
  const moved = webhooks.map(({ clientConfig, ...webhook }) => ({
    ...webhook,
    clientConfig: { ...clientConfig, service: { ...clientConfig.service, namespace } },
  }));
  return { ...object, webhooks: moved };
}

export function withAnnotations(object: object, annotations: object): object {
  const { metadata } = object as { metadata: object };
  return { ...object, metadata: { ...metadata, annotations } };
}

export function validating(failurePolicy: string, caBundle?: string): object {
  const {
    webhooks: [webhook],
    ...rest
  } = configuration({ failurePolicy, caBundle }) as { webhooks: readonly object[] };
  return {
    ...rest,
    kind: 'ValidatingWebhookConfiguration',
    webhooks: [{ ...webhook, name: 'workloads.downlink.dev' }],
  };
}

export function bundle(...certificates: readonly string[]): string {
  return Buffer.from(certificates.join('')).toString('base64');
}

type Installation = ClusterView['installations'][number];

export function withFlags(
  { installations }: ClusterView,
  flags: Readonly<Record<string, string>>,
): Partial<ClusterView> {
  return { installations: installations.map((one) => withRunning(one, { config: configWith(flags) })) };
}

export function withVersion({ installations }: ClusterView, running: string): Partial<ClusterView> {
  return { installations: installations.map((one) => withRunning(one, { version: running })) };
}

function withRunning(installation: Installation, changes: Partial<Installation['running']>): Installation {
  return { ...installation, running: installation.running && { ...installation.running, ...changes } };
}

export function withService(
  { installations }: ClusterView,
  serviceFacts: Installation['serviceFacts'],
): Partial<ClusterView> {
  return { installations: installations.map((one) => ({ ...one, serviceFacts })) };
}

/** Returns the installation with this PEM in its Secret, without the Secret, or with one that may not be read. */
export function withCertificate(
  { installations }: ClusterView,
  certificate: string | { readonly kind: 'missing' | 'unreadable' },
): Partial<ClusterView> {
  const name = 'downlink-certificates';
  const secret =
    typeof certificate === 'string'
      ? ({ kind: 'found', name, certificate } as const)
      : certificate.kind === 'missing'
        ? ({ kind: 'missing', name } as const)
        : undefined;
  return { installations: installations.map((one) => ({ ...one, secret })) };
}

/** Returns `code object pods` of a finding. */
export function summaryOf({ code, object, pods }: ScanFinding): string {
  return [code, formatObject(object), ...(pods === undefined ? [] : [pods])].join(' ');
}
