import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach } from 'node:test';
import { pino } from 'pino';
import { type ClusterCertificates, keepClusterCertificates } from '../../src/certificates/cluster-certificates.ts';
import type { Randomness } from '../../src/certificates/issue-certificate.ts';
import { defaultPolicy } from '../../src/certificates/renewal-policy.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import type { Clock } from '../../src/time/clock.ts';
import { createInMemoryApi, type InMemoryApi } from '../server/in-memory-api.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { decodePemState, type PemPair, toPem } from '../support/pem-certificates.ts';

await import('node-forge'); // otherwise the first renewal loads it, and the fake clock does not wait for the disk

export const minute = 60 * 1000; // milliseconds
export const day = 24 * 60 * minute;
export const names = ['downlink.downlink.svc'];
export const deploymentPath = '/apis/apps/v1/namespaces/downlink/deployments/downlink';
export const secretPath = '/api/v1/namespaces/downlink/secrets/downlink-certificates';
export const configurationPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/downlink';
export const validatingPath = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/downlink';

// a few keys are enough: the tests are about who writes what, and when
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

/** Creates an API server with the objects of the chart, and a fake clock for everybody. */
export function createCluster() {
  const clock = createFakeClock();
  const api = createInMemoryApi(clock.now);
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
    clock,
    now: clock.now,
    /** Moves the time forward, and makes every replica reconcile. */
    pass: (milliseconds: number) => {
      clock.jump(milliseconds);
      api.put(configurationPath, api.get(configurationPath));
    },
    /** Waits until each replica can have reconciled at least twice. */
    settled: () => clock.advance(1000),
    until: clock.until,
    /** Returns the content of the Secret, which must be good. */
    state: () => decodePemState(api.get(secretPath)?.data),
    bundles: () => bundlesOf(api),
    validatingBundles: () => bundlesOf(api, validatingPath),
  };
}
export type Cluster = ReturnType<typeof createCluster>;

export const bundlesOf = (api: InMemoryApi, path = configurationPath) =>
  api.get(path)?.webhooks?.map(({ clientConfig }) => clientConfig?.caBundle) ?? [];

export interface TestReplica extends ClusterCertificates {
  /** All pairs that it has served, the current one last. */
  readonly served: PemPair[];
  readonly lines: { readonly level: number; readonly msg: string; readonly error?: string; readonly change?: string }[];
  readonly calls: string[];
  readonly metric: (name: string) => Promise<number>;
  /** Waits until it is ready. */
  readonly ready: () => Promise<void>;
}

const running: TestReplica[] = [];
afterEach(() => {
  for (const replica of running.splice(0)) replica.stop();
});

/** Starts a replica in that cluster. Each of its calls waits for `before`. Its clock may show another time. */
export function startReplica(
  { api, clock }: Pick<Cluster, 'api' | 'clock'>,
  before: (call: string) => Promise<void> = async () => {},
  ownClock: Clock = clock,
): TestReplica {
  const lines: TestReplica['lines'] = [];
  const served: PemPair[] = [];
  const calls: string[] = [];
  const metrics = createMetrics();
  const keeper = keepClusterCertificates({
    api: api.client(async (call) => {
      calls.push(call);
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
    clock: ownClock,
    serve: (pair) => void served.push(toPem(pair)),
  });
  const metric = async (name: string) => {
    const { text } = await metrics.expose();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  };
  const ready = () => clock.until('not ready', () => keeper.notReadyBecause() === undefined);
  const replica = { ...keeper, served, lines, calls, metric, ready };
  running.push(replica);
  return replica;
}

export const aboutValidating = ({ lines }: TestReplica) =>
  lines.filter(({ msg }) => /cannot update caBundle|up to date again/.test(msg));
export const writesOf = ({ calls }: TestReplica) => calls.filter((call) => !/^(?:GET|WATCH) /.test(call));
export const errorsOf = ({ lines }: TestReplica) =>
  lines.filter(({ level }) => level === 50).map(({ error }) => error ?? '');
/** Creates a cluster whose configuration for pods has these annotations. */
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
