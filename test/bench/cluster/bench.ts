/**
 * `npm run bench:cluster` creates pods (dryRun=All) through an API server, which it selects as `npm run test:cluster` does:
 * without the webhook, with it for pods that did and did not opt in, with a minimal webhook, and, if the server supports
 * it, with a MutatingAdmissionPolicy instead. With `-- --p256`, also with a serving certificate whose key is P-256, which
 * needs openssl. Prints Markdown tables. Compare only figures of the same run.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { formatKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import { type Answer, type Api, accepted, type KubernetesObject } from '../../cluster/api.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { policy, policyAnnotation } from '../../cluster/mutating-admission-policy.ts';
import { makeServiceAccount } from '../../cluster/namespaces.ts';
import { podWith } from '../../cluster/pods.ts';
import { onlyPodsThatOptedIn, podWebhook } from '../../cluster/webhook.ts';
import { eventually } from '../../support/eventually.ts';
import { makeCertificateFolder } from '../../support/test-server.ts';
import { makeFolderWithKey } from '../serving-keys.ts';
import { serveConstantPatch, serveDownlink } from './served.ts';

const levels = [1, 16, 64, 256]; // creations in flight
const rounds = 9;
const roundLength = 2000; // milliseconds
const namespace = 'default';

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly connections: number;
  /** CPU time of the webhooks for each pod, in microseconds. */
  readonly cpu: number;
}

const plane = await startControlPlane();
const certificates = await makeCertificateFolder();
const { api } = plane;
await makeServiceAccount(api, namespace, 'default');
const server = await serveDownlink(certificates, formatKubernetesVersion(plane.version));
const least = await serveConstantPatch(certificates);
const p256 = process.argv.includes('--p256') ? await makeFolderWithKey('P-256') : undefined;
const serverWithP256 = p256 && (await serveDownlink(p256, formatKubernetesVersion(plane.version)));
const servers = [server, least, ...(serverWithP256 ? [serverWithP256] : [])];
const webhookOn = (port: number, folder = certificates) =>
  podWebhook('downlink', 'pods.downlink.dev', port, folder, onlyPodsThatOptedIn(plane.version));
const webhook = webhookOn(server.port);
const pods = {
  plain: podWith(namespace, 'plain', { 'example.com/team': 'web' }),
  asking: podWith(namespace, 'asking', { 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels' }),
  policy: podWith(namespace, 'policy', { [policyAnnotation]: 'true' }),
};
const hasPolicies = await supportsPolicies(api);
const variants: readonly { name: string; pod: KubernetesObject; objects: readonly KubernetesObject[] }[] = [
  { name: 'no admission', pod: pods.plain, objects: [] },
  { name: 'webhook, pod did not opt in', pod: pods.plain, objects: [webhook] },
  { name: 'webhook, pod opted in', pod: pods.asking, objects: [webhook] },
  ...(serverWithP256
    ? [{ name: 'webhook, pod opted in, P-256', pod: pods.asking, objects: [webhookOn(serverWithP256.port, p256)] }]
    : []),
  { name: 'bare node:https webhook, constant patch', pod: pods.asking, objects: [webhookOn(least.port)] },
  ...(hasPolicies ? [{ name: 'MutatingAdmissionPolicy', pod: pods.policy, objects: policy() }] : []),
];

console.log(`Kubernetes ${plane.gitVersion}, median of ${rounds} rounds of ${roundLength / 1000} s, dryRun=All\n`);
console.log(
  '| In flight | Admission | Pods/s | p50 ms | p99 ms | Added p50 ms | Failed | TLS connections | Webhook CPU µs/pod |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
const results = new Map<string, Measured[]>();
for (let round = 0; round <= rounds; round++) {
  for (const { name, pod, objects } of variants) {
    const probe = name.startsWith('webhook') ? pods.asking : pod;
    await register(objects, probe);
    for (const inFlight of levels) {
      if (process.stderr.isTTY) process.stderr.write(`round ${round}: ${name}, ${inFlight} in flight ...\n`);
      const measured = await measure(pod, inFlight, round === 0 ? roundLength / 4 : roundLength);
      if (round > 0) results.set(`${inFlight} ${name}`, [...(results.get(`${inFlight} ${name}`) ?? []), measured]);
    }
    await unregister(objects, probe);
  }
}
for (const inFlight of levels) {
  const base = of(`${inFlight} no admission`, 'p50');
  for (const { name } of variants) {
    const key = `${inFlight} ${name}`;
    const numbers = [of(key, 'perSecond').toFixed(0), of(key, 'p50').toFixed(2), of(key, 'p99').toFixed(1)];
    const added = (of(key, 'p50') - base).toFixed(2);
    const sum = (figure: keyof Measured) => (results.get(key) ?? []).reduce((total, one) => total + one[figure], 0);
    console.log(
      `| ${inFlight} | ${name} | ${numbers.join(' | ')} | ${added} | ${sum('failed')} | ${sum('connections')} | ${of(key, 'cpu').toFixed(0)} |`,
    );
  }
}
const failures = [...results.values()].flat().reduce((total, { failed }) => total + failed, 0);
for (const { stop } of servers) await stop();
await plane.stop();
await certificates.remove();
await p256?.remove();
process.exitCode = failures > 0 ? 1 : 0;

/** Creates the objects of a variant, and waits until a pod that opts in is injected. */
async function register(objects: readonly KubernetesObject[], probe: KubernetesObject): Promise<void> {
  for (const object of objects) accepted(await api.create(object));
  await settled(probe, objects.length > 0);
}

/** Deletes the objects, and waits until the pod is not injected. */
async function unregister(objects: readonly KubernetesObject[], probe: KubernetesObject): Promise<void> {
  for (const object of objects) accepted(await api.remove(object));
  await settled(probe, false);
}

function settled(pod: KubernetesObject, isInjected: boolean): Promise<void> {
  return eventually(async () => {
    const { code, body } = await create(pod);
    assert.equal(code, 201, JSON.stringify(body));
    assert.equal(JSON.stringify(body).includes('POD_NAME'), isInjected);
  });
}

async function measure(pod: KubernetesObject, inFlight: number, milliseconds: number): Promise<Measured> {
  const latencies: number[] = [];
  let failed = 0;
  const before = await acceptedConnections();
  const cpuBefore = processorTimeOfServers();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - began < milliseconds) {
        const start = performance.now();
        const { code } = await create(pod);
        latencies.push(performance.now() - start);
        if (code !== 201) failed++;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const connections = (await settledConnections()) - before;
  const cpu = (processorTimeOfServers() - cpuBefore) / latencies.length;
  latencies.sort((one, other) => one - other);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99), failed, connections, cpu };
}

/** Returns the answer, with code 0 if the connection fails. */
async function create(pod: KubernetesObject): Promise<Pick<Answer, 'code' | 'body'>> {
  return api.create(pod, { dryRun: 'All' }).catch((error: unknown) => ({ code: 0, body: String(error) }));
}

/** Returns the number of connections to all webhooks. */
async function acceptedConnections(): Promise<number> {
  let total = 0;
  for (const { connections } of servers) total += await connections();
  return total;
}

function processorTimeOfServers(): number {
  return servers.reduce((total, { cpu }) => total + cpu(), 0);
}

/** Returns the number of connections when it stops growing: an API server also finishes connections that no request needs any more. */
async function settledConnections(): Promise<number> {
  for (let last = -1; ; await delay(100)) {
    const count = await acceptedConnections();
    if (count === last) return count;
    last = count;
  }
}

function of(key: string, figure: keyof Measured): number {
  const values = (results.get(key) ?? []).map((one) => one[figure]).sort((one, other) => one - other);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function supportsPolicies({ request }: Api): Promise<boolean> {
  const { body } = await request('GET', '/apis/admissionregistration.k8s.io/v1');
  return JSON.stringify(body).includes('"mutatingadmissionpolicies"');
}
