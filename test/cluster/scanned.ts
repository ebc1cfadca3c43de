import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isAtLeast, type KubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { formatObject, type ScanReport } from '../../src/scan/scan-finding.ts';
import { scanPermissions } from '../../src/scan/scan-permissions.ts';
import { eventually } from '../support/eventually.ts';
import { only, parseManifests } from '../support/manifests.ts';
import {
  caBundle,
  encodePemState,
  issueAuthority,
  issueCertificate,
  type PemPair,
} from '../support/pem-certificates.ts';
import { accepted, type KubernetesObject } from './api.ts';
import type { ControlPlane } from './control-plane.ts';
import { makeServiceAccount } from './namespaces.ts';
import { podWith } from './pods.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const installFile = join(import.meta.dirname, '../../deploy/install.yaml');
const day = 24 * 60 * 60 * 1000; // milliseconds
const mistakes = { 'downlink.dev/env': 'POD=metadata.nam' };

/** Returns pods and workloads with a finding each, except for `plain`. */
export function scannedObjects(namespace: string, version: KubernetesVersion): readonly KubernetesObject[] {
  const template = templateWith('faulty', mistakes);
  const selector = { matchLabels: { app: 'faulty' } };
  const metadata = { namespace, name: 'faulty' };
  const status = JSON.stringify({ version: '0.0.9', env: { main: ['POD_NAME'] } });
  return [
    podWith(namespace, 'plain', {}),
    podWith(namespace, 'bare', { 'downlink.dev/env': 'pod' }),
    podWith(namespace, 'mistaken', mistakes),
    podWith(namespace, 'old', { 'downlink.dev/env': 'metadata.name', 'downlink.dev/status': status }),
    podWith('kube-system', 'excluded', { 'downlink.dev/env': 'pod' }),
    deploymentWith(namespace, 'misplaced', {}, { 'downlink.dev/env': 'pod' }),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: { serviceName: 'faulty', replicas: 0, selector, template },
    },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } },
    {
      apiVersion: isAtLeast(version, 1, 21) ? 'batch/v1' : 'batch/v1beta1',
      kind: 'CronJob',
      metadata,
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } },
      },
    },
  ];
}

export function deploymentWith(
  namespace: string,
  name: string,
  ofPods: Readonly<Record<string, string>> = {},
  own: Readonly<Record<string, string>> = {},
  replicas = 0,
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, annotations: own },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: templateWith(name, ofPods) },
  };
}

function templateWith(app: string, annotations: Readonly<Record<string, string>>) {
  return { metadata: { labels: { app }, annotations }, spec: podWith('', app, {})['spec'] as object };
}

/** The objects of install.yaml, without pods. */
export interface Installation {
  /** Repairs it: a CA and a certificate for 30 days, and a ready endpoint of the Service. */
  readonly repair: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Installs it with an expired CA and certificate, later than every existing object. */
export async function installBroken(plane: ControlPlane): Promise<Installation> {
  const { api } = plane;
  const manifests = parseManifests(await readFile(installFile, 'utf8'));
  const [service, deployment, configuration] = ['Service', 'Deployment', 'MutatingWebhookConfiguration'].map((kind) =>
    only(manifests, kind),
  );
  const expired = await certificatesFrom(new Date(Date.now() - 2 * day), day);
  const secret = secretWith(expired);
  const withoutPods = { ...deployment, spec: { ...deployment.spec, replicas: 0 } };
  accepted(await api.create(only(manifests, 'Namespace')));
  await makeServiceAccount(api, service.metadata.namespace, 'default');
  for (const object of [service, withoutPods, secret]) accepted(await api.create(object));

  const register = async (authority: string) => {
    const [{ clientConfig, ...rest }] = configuration.webhooks;
    const webhooks = [{ ...rest, clientConfig: { ...clientConfig, caBundle: caBundle(authority) } }];
    await api.remove(configuration);
    return accepted(await api.create({ ...configuration, webhooks }));
  };
  // creation times are whole seconds: wait for one after that of every pod
  const { body } = await api.request('GET', '/api/v1/pods');
  const pods = (body as { items: readonly { metadata: { creationTimestamp: string } }[] }).items;
  const newest = Math.max(...pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp)));
  await eventually(async () => {
    const { metadata } = await register(expired.authority.certificate);
    const { creationTimestamp } = metadata as { creationTimestamp?: string };
    assert.ok(Date.parse(creationTimestamp ?? '') > newest, 'it is not newer than the pods');
  });
  return {
    repair: async () => {
      const good = await certificatesFrom(new Date(), 30 * day);
      accepted(await api.patch(secret, { data: secretWith(good)['data'] }));
      await register(good.authority.certificate);
      await makeReady(plane, service.metadata.namespace, service.metadata.name);
    },
    remove: async () => {
      for (const object of [configuration, service, withoutPods, secret]) await api.remove(object);
    },
  };
}

/** Creates a second configuration like that of install.yaml, without caBundle, which selects no namespace. */
export async function leftOver({ api }: ControlPlane, name: string): Promise<KubernetesObject> {
  const configuration = only(parseManifests(await readFile(installFile, 'utf8')), 'MutatingWebhookConfiguration');
  const namespaceSelector = { matchLabels: { nobody: 'here' } };
  const webhooks = configuration.webhooks.map((webhook: object) => ({ ...webhook, namespaceSelector }));
  return accepted(await api.create({ ...configuration, metadata: { name }, webhooks }));
}

/** Adds a ready endpoint to the Service, as a controller does for a running pod. */
async function makeReady({ api, version }: ControlPlane, namespace: string, name: string): Promise<void> {
  const metadata = { namespace, name };
  if (isAtLeast(version, 1, 21)) {
    accepted(
      await api.create({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
        ports: [],
      }),
    );
    return;
  }
  const subsets = [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 8443 }] }];
  const path = `/api/v1/namespaces/${namespace}/endpoints`;
  const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
  await eventually(async () => {
    await api.request('POST', path, endpoints); // 409 if a controller manager has created it, without addresses
    accepted(await api.request('PUT', `${path}/${name}`, endpoints));
  });
}

interface Certificates {
  readonly authority: PemPair;
  readonly serving: PemPair;
}

async function certificatesFrom(now: Date, lifetime: number): Promise<Certificates> {
  const authority = await issueAuthority('Downlink CA', now, lifetime);
  return { authority, serving: await issueCertificate(authority, ['downlink.downlink.svc'], now, lifetime) };
}

function secretWith({ authority, serving }: Certificates): KubernetesObject {
  const state = { authorities: [authority.certificate], authorityKey: authority.privateKey, serving };
  const metadata = { namespace: 'downlink', name: 'downlink-certificates' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: encodePemState(state) };
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The permissions that scan needs, as RBAC rules. */
export const readingRules: readonly Rule[] = scanPermissions.map(({ apiGroup, resources, verb }) => ({
  apiGroups: [apiGroup],
  resources,
  verbs: [verb],
}));

/** Returns the path of a kubeconfig for a new service account with only these permissions, in the whole cluster. */
export async function kubeconfigFor(plane: ControlPlane, name: string, rules: readonly Rule[]): Promise<string> {
  const { api, kubeconfig } = plane;
  const namespace = 'default';
  const group = 'rbac.authorization.k8s.io';
  await makeServiceAccount(api, namespace, name);
  const metadata = { name: `scan-test-${name}` };
  accepted(await api.create({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules }));
  accepted(
    await api.create({
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    }),
  );
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { status } = accepted<{ status: { token: string } }>(await api.request('POST', path, request));
  const admin = JSON.parse(await readFile(kubeconfig, 'utf8'));
  const context = { cluster: admin.clusters[0].name, user: name };
  const file = join(dirname(kubeconfig), `${name}.kubeconfig`);
  const users = [{ name, user: { token: status.token } }];
  const config = { ...admin, users, contexts: [{ name: 'test', context }] };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  // the API server applies permissions after a moment
  if (rules.length > 0)
    await eventually(async () => assert.notEqual((await runScan(file, ['-n', namespace])).exitCode, 2));
  return file;
}

export interface ScanRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The report, with JSON output. */
  readonly report: ScanReport;
  /** Each finding as `severity code object pods`. */
  readonly found: readonly string[];
}

/** Runs `downlink scan`. */
export async function runScan(
  kubeconfig: string,
  args: readonly string[],
  output: 'text' | 'json' = 'json',
): Promise<ScanRun> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(process.execPath, [main, 'scan', ...args, '-o', output], { env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const report = output === 'json' && stdout !== '' ? JSON.parse(stdout) : { findings: [], notes: [] };
  const found = (report as ScanReport).findings.map(({ severity, code, object, pods }) =>
    [severity, code, formatObject(object), ...(pods === undefined ? [] : [pods])].join(' '),
  );
  return { exitCode: child.exitCode ?? -1, stdout, stderr, report, found };
}
