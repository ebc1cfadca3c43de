import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { decodePemState, type PemState } from '../../support/pem-certificates.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import { podWith } from '../pods.ts';
import { askHealth, type Balancer, type Endpoint, startBalancer } from './balancer.ts';
import type { Installation } from './installation.ts';
import { type Counts, startLoad } from './load.ts';
import { type Replica, type ReplicaOptions, startReplica } from './replica.ts';

/** Downlink as in a cluster: replicas behind a balancer, which the API server calls. */
export interface Service {
  readonly installation: Installation;
  readonly balancer: Balancer;
  /** Starts a replica, which gets connections once it is ready. */
  readonly start: (options: ReplicaOptions) => Promise<Replica>;
  /** Stops a replica as a Deployment does, with a few seconds to drain. */
  readonly end: (replica: Replica) => Promise<void>;
  /** Waits until `replicas` of them get connections and a pod is injected. */
  readonly inject: (replicas: number) => Promise<void>;
  /** Returns the content of the Secret, which must be valid. */
  readonly state: () => Promise<PemState>;
  /** Writes into the Secret as another user. */
  readonly putSecret: (data: Readonly<Record<string, string | null>>) => Promise<void>;
  /** Returns the caBundle of a configuration, by default that for pods. */
  readonly caBundle: (configuration?: KubernetesObject) => Promise<string | undefined>;
  readonly putCaBundle: (caBundle: string, configuration?: KubernetesObject) => Promise<void>;
  /** The configuration for pods. */
  readonly mutating: KubernetesObject;
  /** The configuration for workload warnings. */
  readonly validating: KubernetesObject;
  /** Returns the sum of a metric over all replicas. */
  readonly metric: (name: string) => Promise<number>;
  /** Creates pods at a constant rate during the fault, and for a moment before and after. `mark` marks further faults. */
  readonly underLoad: (fault: (mark: () => void) => Promise<void>) => Promise<Counts>;
  /** Stops everything and removes its objects from the cluster. */
  readonly remove: () => Promise<void>;
}

const drain = 3; // seconds: the balancer probes every second

/** Registers a balancer without replicas. */
export async function startService(installation: Installation): Promise<Service> {
  const { plane, secret } = installation;
  const { api } = plane;
  const balancer = await startBalancer();
  const { mutating, validating } = installation.configurationsFor(balancer.port);
  for (const configuration of [mutating, validating]) accepted(await api.create(configuration));
  const replicas = new Set<Replica>();
  type Webhooks = KubernetesObject & { webhooks: readonly { clientConfig: { caBundle?: string } }[] };
  const read = async (configuration: KubernetesObject) => accepted<Webhooks>(await api.get(configuration));
  const end = async (replica: Replica, delaySeconds: number) => {
    await replica.stop(delaySeconds);
    balancer.remove(replica);
    replicas.delete(replica);
  };
  return {
    installation,
    balancer,
    start: async (options) => {
      const replica = await startReplica(installation, options);
      replicas.add(replica);
      balancer.add(replica);
      return replica;
    },
    end: (replica) => end(replica, drain),
    inject: async (count) => {
      const pod = podWith('default', 'first', { 'downlink.dev/env': 'pod' });
      await eventually(async () => {
        assert.equal(balancer.ready(), count, 'not all replicas are ready');
        accepted(await api.create(pod, { dryRun: 'All' }));
      });
    },
    state: async () => {
      const { data } = accepted(await api.get(secret));
      return decodePemState(data);
    },
    putSecret: async (data) => void accepted(await api.patch(secret, { data })),
    mutating,
    validating,
    caBundle: async (configuration = mutating) => {
      const bundles = (await read(configuration)).webhooks.map(({ clientConfig }) => clientConfig.caBundle);
      assert.equal(new Set(bundles).size, 1, 'all webhooks of the configuration have one caBundle');
      return bundles[0];
    },
    putCaBundle: async (caBundle, configuration = mutating) => {
      const webhooks = (await read(configuration)).webhooks.map((webhook) => ({
        ...webhook,
        clientConfig: { ...webhook.clientConfig, caBundle },
      }));
      accepted(await api.patch(configuration, { webhooks }));
    },
    metric: async (name) => {
      const values = await Promise.all([...replicas].map((replica) => metricOf(replica, name)));
      return values.reduce((sum, value) => sum + value, 0);
    },
    underLoad: async (fault) => {
      const load = startLoad(api);
      await delay(500);
      load.mark();
      try {
        await fault(load.mark);
        await delay(1000);
      } finally {
        await load.stop();
      }
      return load.stop();
    },
    remove: async () => {
      await Promise.all([...replicas].map((replica) => end(replica, 0)));
      await balancer.stop();
      accepted(await api.remove(mutating));
      await api.remove(validating); // 404 if a test has removed it
      await api.remove(secret); // 404 if a test has removed it
    },
  };
}

/** Returns the value of a metric without labels. */
export async function metricOf(endpoint: Endpoint, name: string): Promise<number> {
  const { body } = await askHealth(endpoint, '/metrics');
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(body) ?? [];
  assert.ok(value !== undefined, `no metric ${name}`);
  return Number(value);
}

/** Runs a test with a new service. */
export async function withService(installation: Installation, use: (service: Service) => Promise<void>): Promise<void> {
  const service = await startService(installation);
  try {
    await use(service);
  } finally {
    await service.remove();
  }
}
