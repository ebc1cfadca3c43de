import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { helmIsMissing } from '../../deploy/helm.ts';
import { isAtLeast } from '../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../src/kubernetes/pod.ts';
import { eventually } from '../support/eventually.ts';
import { accepted, type KubernetesObject, refused } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import { type Balancer, startBalancer } from './faults/balancer.ts';
import { startLoad } from './faults/load.ts';
import { type Nodes, startNodes } from './faults/nodes.ts';
import { openShell, type Shell } from './faults/release.ts';
import { makeNamespace, makeServiceAccount } from './namespaces.ts';
import { containerNamed, podWith } from './pods.ts';
import { skipBefore } from './versions.ts';

const skip = await helmIsMissing();
const profiles = {
  web: { env: 'TEAM="web", POD=metadata.name', 'volume-path': '/etc/web', locked: ['volume-path'] },
  batch: { env: 'TEAM="batch"' },
};
const [web, batch, main] = ['web.profiles.downlink.dev', 'batch.profiles.downlink.dev', 'pods.downlink.dev'];

// Runs helm against an API server. The replicas are processes with the flags of the Deployment.
const plane = await startControlPlane({ withoutControllers: true });
const { api, version } = plane;
await makeServiceAccount(api, 'default', 'default');
/** Before, server-side apply adds items at the end: https://github.com/kubernetes/kubernetes/pull/107565 */
const isAddedInOrder = isAtLeast(version, 1, 24);
const needsConditions = { skip: skipBefore(version, 1, 30, 'matchConditions') };

describe(`profiles of namespaces on Kubernetes ${plane.gitVersion}`, { skip }, () => {
  let balancer: Balancer;
  let nodes: Nodes;
  let shell: Shell;
  const upgrade = async (command: 'install --create-namespace' | 'upgrade', namespaceProfiles: readonly string[]) => {
    const values = join(shell.folder, 'values.yaml');
    await writeFile(values, stringify({ profiles, namespaceProfiles }));
    await shell.run(`helm ${command} downlink deploy/chart -n downlink --wait -f ${values}`);
    await nodes.settled(); // an old replica does not know a new profile
  };
  before(async () => {
    balancer = await startBalancer();
    nodes = startNodes(plane, balancer);
    shell = await openShell(plane, balancer.port);
    // before Kubernetes 1.30, the chart selects only namespaces with a label
    const enabled = { 'downlink.dev/enabled': 'true' };
    const labels = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    accepted(await api.patch(labels, { metadata: { labels: enabled } }));
    for (const profile of ['web', 'batch', 'none']) {
      const label = profile === 'none' ? {} : { 'downlink.dev/profile': profile };
      await makeNamespace(api, `asks-${profile}`, { ...enabled, ...label });
    }
    await upgrade('install --create-namespace', ['web']);
    await eventually(async () => assert.equal(await teamOf('asks-web'), 'web'));
  });
  after(async () => {
    await nodes.stop();
    await balancer.stop();
    await plane.stop();
  });

  test('apply to a pod without annotations, and only in a namespace with the label', async () => {
    assert.equal(await teamOf('asks-web'), 'web');
    assert.equal(await teamOf('asks-none'), undefined);
    assert.equal(await teamOf('asks-batch'), undefined); // a profile, but not one for namespaces
  });

  test('apply to a pod with annotations of its own, which take precedence', async () => {
    const pod = await stored('asks-web', {
      'downlink.dev/env': 'TEAM="own", UID=metadata.uid',
      'downlink.dev/volume': 'pod',
    });
    assert.deepEqual(namesAndValues(pod), { TEAM: 'own', POD: undefined, UID: undefined });
    const [mount] = (containerNamed(pod, 'main')?.volumeMounts ?? []).filter(({ name }) => name === 'downlink');
    assert.equal(mount?.mountPath, '/etc/web');
  });

  test('do not apply to a pod that opts out or names another profile', async () => {
    assert.equal(await teamOf('asks-web', { 'downlink.dev/inject': 'false' }), undefined);
    assert.equal(await teamOf('asks-web', { 'downlink.dev/profile': 'batch' }), 'batch');
  });

  test('do not apply to a mirror pod', async () => {
    const spec = { nodeName: 'node', automountServiceAccountToken: false };
    const pod = podWith('asks-web', 'mirrored', { 'kubernetes.io/config.mirror': 'hash' }, spec);
    assert.deepEqual(namesAndValues(accepted<Pod>(await api.create(pod, { dryRun: 'All' }))), {});
  });

  test('do not apply in kube-system', needsConditions, async () => {
    await makeServiceAccount(api, 'kube-system', 'default');
    await label('kube-system', 'web');
    assert.equal(await teamOf('kube-system'), undefined);
    await label('kube-system', null);
  });

  test('reject a pod with an annotation that the profile locks', async () => {
    const locked = podWith('asks-web', 'locked', {
      'downlink.dev/volume': 'pod',
      'downlink.dev/volume-path': '/etc/own',
    });
    const { message } = refused(await api.create(locked, { dryRun: 'All' }), 422);
    assert.match(message, /downlink\.dev\/volume-path\]: Forbidden: profile "web" locks it; remove the annotation/);
  });

  test('follow the label', async () => {
    await label('asks-none', 'web');
    await eventually(async () => assert.equal(await teamOf('asks-none'), 'web'));
    await label('asks-none', null);
    await eventually(async () => assert.equal(await teamOf('asks-none'), undefined));
  });

  test('that an upgrade adds get their caBundle, and no pod is rejected', async () => {
    await underLoad(() => upgrade('upgrade', ['web', 'batch']));
    assert.deepEqual(await webhookNames(), isAddedInOrder ? [web, batch, main] : [web, main, batch]);
    await eventually(async () => assert.equal(new Set(await bundles()).size, 1));
    assert.match(Buffer.from((await bundles())[0] ?? '', 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
    await eventually(async () => assert.equal(await teamOf('asks-batch'), 'batch'));
    assert.equal(await teamOf('asks-web'), 'web');
  });

  test('that an upgrade removes are gone, although a replica has set their caBundle, and no pod is rejected', async () => {
    await underLoad(() => upgrade('upgrade', ['batch']));
    assert.deepEqual(await webhookNames(), isAddedInOrder ? [batch, main] : [main, batch]);
    await eventually(async () => assert.equal(await teamOf('asks-web'), undefined));
    assert.equal(await teamOf('asks-batch'), 'batch');
    await underLoad(() => upgrade('upgrade', []));
    assert.deepEqual(await webhookNames(), [main]);
    await eventually(async () => assert.equal(await teamOf('asks-batch'), undefined));
    assert.equal(new Set(await bundles()).size, 1);
  });
});

async function underLoad(act: () => Promise<void>): Promise<void> {
  const load = startLoad(api);
  let counts: Awaited<ReturnType<typeof load.stop>>;
  try {
    await act();
  } finally {
    counts = await load.stop();
  }
  assert.deepEqual([counts.failures, counts.uninjected], [0, 0], JSON.stringify(counts.causes));
}

/** Returns a pod as the API server would store it. */
async function stored(namespace: string, annotations: Readonly<Record<string, string>> = {}): Promise<Pod> {
  return accepted<Pod>(await api.create(podWith(namespace, 'one', annotations), { dryRun: 'All' }));
}

/** Returns the variable TEAM of a pod, which shows the profile. */
async function teamOf(namespace: string, annotations: Readonly<Record<string, string>> = {}) {
  return namesAndValues(await stored(namespace, annotations))['TEAM'];
}

function namesAndValues(pod: Pod): Readonly<Record<string, string | null | undefined>> {
  return Object.fromEntries((containerNamed(pod, 'main')?.env ?? []).map(({ name, value }) => [name, value]));
}

async function label(name: string, profile: string | null): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  accepted(await api.patch(namespace, { metadata: { labels: { 'downlink.dev/profile': profile } } }));
}

type Webhooks = readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[];

async function webhooks(): Promise<Webhooks> {
  const kind = 'MutatingWebhookConfiguration';
  const configuration = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: 'downlink' } };
  return accepted<KubernetesObject & { webhooks: Webhooks }>(await api.get(configuration)).webhooks;
}

async function webhookNames(): Promise<readonly string[]> {
  return (await webhooks()).map(({ name }) => name);
}

async function bundles(): Promise<readonly (string | undefined)[]> {
  return (await webhooks()).map(({ clientConfig }) => clientConfig.caBundle);
}
