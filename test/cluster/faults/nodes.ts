import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultPolicy as policy } from '../../../src/certificates/renewal-policy.ts';
import { eventually } from '../../support/eventually.ts';
import { flagsOf, type Manifest } from '../../support/manifests.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { removeAtExit } from '../processes.ts';
import type { Balancer, Endpoint } from './balancer.ts';
import { accessOf, camelCase } from './installation.ts';
import { type LogLine, type ReplicaProcess, startReplicaProcess } from './replica.ts';

/**
 * A stand-in for the Deployment controller and the nodes: a process and a pod for each replica, with the flags and the Secret
 * of the template, replaced one by one when the template changes.
 */
export interface Nodes {
  /** The logs of all replicas. */
  readonly log: readonly LogLine[];
  /** Waits until all replicas are ready and of the newest template, and all others have ended. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Running {
  readonly pod: KubernetesObject;
  readonly template: string;
  replica?: ReplicaProcess;
  endpoint?: Endpoint;
  ending?: Promise<void>;
}

const namespace = 'downlink';
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: 'downlink' } };
const drain = 3; // seconds: the balancer probes every second
const interval = 100; // milliseconds

/** Runs the replicas of the Deployment. The balancer sends connections to those that are ready. */
export function startNodes(plane: ControlPlane, balancer: Balancer): Nodes {
  const { api } = plane;
  const running = new Set<Running>();
  const log: LogLine[] = [];
  let count = 0;
  let stopped = false;

  const start = async ({ spec }: Manifest) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', ...spec.template, metadata: { ...spec.template.metadata } };
    Object.assign(pod.metadata, { namespace, name: `downlink-${count++}` });
    const one: Running = { pod, template: JSON.stringify(spec.template) };
    running.add(one);
    accepted(await api.create(pod));
    const flags = { ...(await flagsFor(plane, spec.template.spec)), shutdownDelay: String(drain) };
    const account = { ...deployment, metadata: { namespace, name: spec.template.spec.serviceAccountName } };
    one.replica = await startReplicaProcess(await accessOf(plane, account), flags, policy, log);
    one.endpoint = await one.replica.serving;
    balancer.add(one.endpoint);
  };
  const end = async (one: Running) => {
    if (one.endpoint) balancer.remove(one.endpoint); // open connections stay
    await one.replica?.end();
    running.delete(one);
    accepted(await api.remove(one.pod));
  };
  const reconcile = async () => {
    const answer = await api.get(deployment);
    if (answer.code === 404) return;
    const wanted: Manifest = accepted(answer);
    const template = JSON.stringify(wanted.spec.template);
    const alive = [...running].filter(({ ending }) => ending === undefined);
    const current = alive.filter((one) => one.template === template);
    const isReady = ({ endpoint }: Running) => endpoint !== undefined && balancer.isReady(endpoint);
    const { replicas } = wanted.spec;
    if (current.length < replicas && alive.length <= replicas) {
      const secret = secretOf(wanted.spec.template.spec);
      if (secret === undefined || (await api.get(secret)).code === 200) start(wanted).catch(() => {}); // it can end before it serves; without its Secret, the container is not created
    }
    const ready = alive.filter(isReady).length;
    const [surplus] = [...alive.filter((one) => one.template !== template), ...current.slice(replicas)];
    if (surplus && (ready > replicas || replicas === 0 || !isReady(surplus))) surplus.ending = end(surplus);
    await reportStatus(wanted, alive.length, current.filter(isReady).length);
  };
  const reportStatus = async ({ metadata }: Manifest, all: number, updated: number) => {
    const counts = { replicas: all, updatedReplicas: updated, readyReplicas: updated, availableReplicas: updated };
    const condition = (type: string) => ({ type, status: 'True', reason: 'NewReplicaSetAvailable' });
    const conditions = ['Available', 'Progressing'].map(condition);
    const status = { ...counts, observedGeneration: metadata.generation, conditions };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/downlink/status`;
    await api.request('PATCH', path, { status }, 'application/merge-patch+json');
  };
  const following = (async () => {
    for (; !stopped; await delay(interval)) await reconcile();
  })();
  return {
    log,
    settled: () =>
      eventually(async () => {
        const { spec }: Manifest = accepted(await api.get(deployment));
        assert.equal(running.size, spec.replicas);
        assert.equal(balancer.ready(), spec.replicas);
        const template = JSON.stringify(spec.template);
        assert.ok([...running].every((one) => one.template === template && one.ending === undefined));
      }),
    stop: async () => {
      stopped = true;
      await following;
      await Promise.all([...running].map((one) => one.ending ?? one.replica?.kill()));
    },
  };
}

/** Returns the mounted Secret, or undefined if there is none. */
function secretOf({ volumes = [] }: Manifest): KubernetesObject | undefined {
  const volume = volumes.find(({ secret }: Manifest) => secret !== undefined);
  return volume && { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: volume.secret.secretName } };
}

/** Returns the mounted ConfigMap, or undefined if there is none. */
function configMapOf({ volumes = [] }: Manifest): KubernetesObject | undefined {
  const volume = volumes.find(({ configMap }: Manifest) => configMap !== undefined);
  return volume && { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: volume.configMap.name } };
}

/** Returns the flags of the container, with the files of its Secret and its ConfigMap and the loopback address. */
async function flagsFor({ api }: ControlPlane, spec: Manifest): Promise<Readonly<Record<string, string>>> {
  const given = Object.fromEntries(flagsOf(spec.containers[0]).map(([name, value]) => [camelCase(name), value]));
  const flags = { ...given, namespace, port: '0', healthPort: '0', bindAddress: '127.0.0.1' };
  const mounted = [secretOf(spec), configMapOf(spec)].filter((object) => object !== undefined);
  if (mounted.length === 0) return flags;
  const folder = await mkdtemp(join(tmpdir(), 'downlink-mount-'));
  removeAtExit(folder);
  for (const object of mounted) {
    const { data } = accepted<KubernetesObject & { data: Record<string, string> }>(await api.get(object));
    const encoding = object.kind === 'Secret' ? 'base64' : 'utf8';
    for (const [name, value] of Object.entries(data))
      await writeFile(join(folder, name), Buffer.from(value, encoding), { mode: 0o600 });
  }
  const paths = ['tlsCertFile', 'tlsPrivateKeyFile', 'config'].filter((key) => given[key] !== undefined);
  return { ...flags, ...Object.fromEntries(paths.map((key) => [key, join(folder, basename(String(given[key])))])) };
}
