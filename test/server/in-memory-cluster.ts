import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { afterEach } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { decodeState } from '../../src/certificates/certificate-state.ts';
import { type ClusterCertificates, keepClusterCertificates } from '../../src/certificates/cluster-certificates.ts';
import type { CertificatePair, Randomness } from '../../src/certificates/issue-certificate.ts';
import { defaultPolicy } from '../../src/certificates/renewal-policy.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { createInMemoryApi, type InMemoryApi } from './in-memory-api.ts';

export const minute = 60 * 1000; // milliseconds
export const day = 24 * 60 * minute;
export const names = ['downlink.downlink.svc'];
export const deploymentPath = '/apis/apps/v1/namespaces/downlink/deployments/downlink';
export const secretPath = '/api/v1/namespaces/downlink/secrets/downlink-certificates';
export const configurationPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/downlink';
export const validatingPath = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/downlink';

// keys from a small stock: what is tested is who writes what when
const stock = Array.from({ length: 8 }, () =>
  generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }),
);
let count = 0;
export const randomness: Randomness = {
  keys: async () => stock[count++ % stock.length] ?? assert.fail(),
  serial: () => (0x40000000 + count).toString(16),
};

export const validatingConfiguration = {
  metadata: { name: 'downlink' },
  webhooks: [
    { name: 'workloads.downlink.dev', clientConfig: {} },
    { name: 'cronjobs.downlink.dev', clientConfig: {} },
  ],
};

/** An API server with what the chart makes, and a clock for everybody. */
export function createCluster() {
  let time = Date.parse('2026-11-22T12:00:00Z');
  const api = createInMemoryApi(() => new Date(time));
  api.put(deploymentPath, { metadata: { name: 'downlink' } });
  api.put(configurationPath, {
    metadata: { name: 'downlink' },
    webhooks: [
      { name: 'pods.downlink.dev', clientConfig: {} },
      { name: 'more-pods.downlink.dev', clientConfig: {} },
    ],
  });
  api.put(validatingPath, validatingConfiguration);
  return {
    api,
    now: () => new Date(time),
    /** Lets time pass, and has every replica look. */
    pass: (milliseconds: number) => {
      time += milliseconds;
      api.put(configurationPath, api.get(configurationPath));
    },
    state: () => {
      const state = decodeState(api.get(secretPath)?.data);
      return 'problem' in state ? assert.fail(state.problem) : state;
    },
    bundles: () => bundlesOf(api),
    validatingBundles: () => bundlesOf(api, validatingPath),
  };
}
export type Cluster = ReturnType<typeof createCluster>;

export const bundlesOf = (api: InMemoryApi, path = configurationPath) =>
  api.get(path)?.webhooks?.map(({ clientConfig }) => clientConfig?.caBundle) ?? [];

export interface TestReplica extends ClusterCertificates {
  /** What it serves, and served before, the latest last. */
  readonly served: CertificatePair[];
  readonly lines: { readonly level: number; readonly msg: string; readonly error?: string; readonly change?: string }[];
  readonly calls: string[];
  readonly metric: (name: string) => Promise<number>;
}

let lastCall = 0; // of any replica
const running: TestReplica[] = [];
afterEach(() => {
  for (const replica of running.splice(0)) replica.stop();
});

/** A replica of that cluster; `before` is waited for at each of its calls. */
export function startReplica(
  { api, now }: Pick<Cluster, 'api' | 'now'>,
  before: (call: string) => Promise<void> = async () => {},
): TestReplica {
  const lines: TestReplica['lines'] = [];
  const served: CertificatePair[] = [];
  const calls: string[] = [];
  const metrics = createMetrics();
  const keeper = keepClusterCertificates({
    api: api.client(async (call) => {
      calls.push(call);
      lastCall = performance.now();
      await before(call);
    }),
    log: pino({ base: null, level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    events: metrics,
    namespace: 'downlink',
    secretName: 'downlink-certificates',
    deploymentName: 'downlink',
    configuration: { kind: 'MutatingWebhookConfiguration', name: 'downlink' },
    otherConfigurations: [{ kind: 'ValidatingWebhookConfiguration', name: 'downlink' }],
    names,
    policy: defaultPolicy,
    randomness,
    now,
    serve: (pair) => void served.push(pair),
  });
  const metric = async (name: string) => {
    const { text } = await metrics.expose();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  };
  const replica = { ...keeper, served, lines, calls, metric };
  running.push(replica);
  return replica;
}

export async function waitFor(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000; // milliseconds
  while (!isSo()) {
    assert.ok(Date.now() < deadline, what);
    await delay(5);
  }
}

export const aboutValidating = ({ lines }: TestReplica) =>
  lines.filter(({ msg }) => /cannot keep caBundle|kept again/.test(msg));
export const ready = (replica: TestReplica) => waitFor('not ready', () => replica.notReadyBecause() === undefined);
/** Waits for two looks of a replica, and until none has called the API server for a moment. */
export async function settled(): Promise<void> {
  const [looks, moment, longest] = [400, 300, 5000]; // milliseconds
  const began = performance.now();
  await delay(looks);
  while (performance.now() - lastCall < moment && performance.now() - began < longest) await delay(20);
}

export const writesOf = ({ calls }: TestReplica) => calls.filter((call) => !/^(?:GET|WATCH) /.test(call));
export const errorsOf = ({ lines }: TestReplica) =>
  lines.filter(({ level }) => level === 50).map(({ error }) => error ?? '');
/** A cluster whose configuration for pods has these annotations. */
export function createClusterWith(annotations: Readonly<Record<string, string>>) {
  const cluster = createCluster();
  const configuration = cluster.api.get(configurationPath);
  const annotate = (changed: Readonly<Record<string, string>>, caBundle = cluster.bundles()[0]) =>
    cluster.api.put(configurationPath, {
      ...configuration,
      metadata: { name: 'downlink', annotations: changed },
      webhooks: configuration?.webhooks?.map(({ name }) => ({ name, clientConfig: caBundle ? { caBundle } : {} })),
    });
  annotate(annotations);
  return { ...cluster, annotate };
}
