import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formatKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { eventually } from '../../support/eventually.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import type { Audit } from '../audit.ts';
import type { ControlPlane } from '../control-plane.ts';
import { meshLabel, meshPatch, oldTypesPatch, startOtherWebhook } from '../mesh.ts';
import { makeNamespace } from '../namespaces.ts';
import { containerNamed, mountPaths, podWith, variables } from '../pods.ts';
import { skipBefore } from '../versions.ts';
import { configurationName, podWebhook, startWebhook, type Webhook, webhookName } from '../webhook.ts';

const namespace = 'reinvocation';

/** Tests reinvocation: another webhook adds a container after Downlink. */
export function reinvocationTests(plane: ControlPlane, certificates: CertificateFolder, audit: Audit): void {
  const { api } = plane;
  strippedTests(plane, certificates);
  describe('a second webhook that adds a container', () => {
    let webhook: Webhook;
    let mesh: Awaited<ReturnType<typeof startOtherWebhook>>;
    let configuration: KubernetesObject;
    let stored: Pod;
    before(async () => {
      await makeNamespace(api, namespace);
      webhook = await startWebhook(plane, certificates, {});
      mesh = await startOtherWebhook(certificates, meshPatch);
      const selection = { objectSelector: { matchLabels: meshLabel } };
      configuration = podWebhook(`${configurationName}-later`, 'mesh.example.com', mesh.port, certificates, selection);
      accepted(await api.create(configuration));
      await eventually(async () => {
        const answer = await api.create(meshed('first', {}), { dryRun: 'All' });
        assert.ok(containerNamed(accepted<Pod>(answer), 'mesh'), 'the API server does not call the mesh');
      });
      stored = accepted<Pod>(await api.create(meshed('both', annotations)));
    });
    after(async () => {
      accepted(await api.remove(configuration));
      await mesh.stop();
      await webhook.remove();
    });

    test('causes a reinvocation of Downlink', () => {
      const outcomes = webhook
        .reviews()
        .filter(({ name }) => name === 'both')
        .map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, ['injected', 'injected']);
    });

    test('leaves the pod with each container once', () => {
      assert.deepEqual(
        stored.spec?.containers?.map(({ name }) => name),
        ['main', 'ambassador', 'mesh'],
      );
    });

    for (const name of ['main', 'mesh']) {
      test(`leaves container ${name} with each variable and mount once`, () => {
        const container = containerNamed(stored, name);
        assert.deepEqual(variables(container), ['POD_NAME', 'NODE_NAME']);
        assert.deepEqual(mountPaths(container, 'downlink'), ['/etc/downward']);
      });
    }

    test('leaves the pod with each volume and file once', () => {
      const ours = (stored.spec?.volumes ?? []).filter(({ name }) => name.startsWith('downlink'));
      assert.deepEqual(
        ours.map(({ name }) => name),
        ['downlink', 'downlink-token'],
      );
      assert.deepEqual(
        ours[0]?.downwardAPI?.items?.map(({ path }) => path),
        ['labels'],
      );
    });

    test('is in the status annotation', () => {
      const { version, ...status } = JSON.parse(String(stored.metadata?.annotations?.['downlink.dev/status']));
      assert.equal(typeof version, 'string');
      assert.deepEqual(status, {
        env: { main: ['POD_NAME', 'NODE_NAME'], mesh: ['POD_NAME', 'NODE_NAME'] },
        mounts: { main: ['/etc/downward'], mesh: ['/etc/downward'] },
        volumes: ['downlink', 'downlink-token'],
        containers: ['ambassador'],
      });
    });

    test('is in the audit log', async () => {
      const events = await eventually(() => audit.annotationsOf(namespace, 'both'));
      assert.equal(events[`${webhookName}/injected`], 'env, volume, ambassador');
      assert.equal(events[`${webhookName}/reinjected`], 'env, volume');
    });
  });
}

/** Tests a webhook that runs after Downlink and drops a field that it does not know. */
function strippedTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, version } = plane;
  const skip = skipBefore(version, 1, 29, 'native sidecars');
  describe('a second webhook that drops the restartPolicy of the ambassador', { skip }, () => {
    const namespace = 'stripped';
    let webhook: Webhook;
    let older: Awaited<ReturnType<typeof startOtherWebhook>>;
    let configuration: KubernetesObject;
    before(async () => {
      await makeNamespace(api, namespace);
      webhook = await startWebhook(plane, certificates, { kubernetesVersion: formatKubernetesVersion(version) });
      older = await startOtherWebhook(certificates, oldTypesPatch);
      const selection = { objectSelector: { matchLabels: meshLabel }, reinvocationPolicy: 'Never' };
      configuration = podWebhook(`${configurationName}-older`, 'old.example.com', older.port, certificates, selection);
      accepted(await api.create(configuration));
      await eventually(async () => {
        const sidecar = { name: 'own', image: 'busybox:1.37', restartPolicy: 'Always' };
        const answer = await api.create(meshed('first', {}, namespace, { initContainers: [sidecar] }), {
          dryRun: 'All',
        });
        const own = containerNamed(accepted<Pod>(answer), 'own');
        assert.equal(own?.restartPolicy, undefined, 'the API server does not call the webhook');
      });
    });
    after(async () => {
      accepted(await api.remove(configuration));
      await older.stop();
      await webhook.remove();
    });

    test('leaves the ambassador a native sidecar, because Downlink is reinvoked', async () => {
      const pod = meshed(
        'both',
        { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-sidecar': 'native' },
        namespace,
      );
      const { name, restartPolicy } = accepted<Pod>(await api.create(pod)).spec?.initContainers?.[0] ?? {};
      assert.deepEqual({ name, restartPolicy }, { name: 'ambassador', restartPolicy: 'Always' });
    });
  });
}

const annotations = {
  'downlink.dev/env': 'metadata.name, spec.nodeName',
  'downlink.dev/volume': 'labels',
  'downlink.dev/ambassador': 'true',
};

function meshed(
  name: string,
  given: Readonly<Record<string, string>>,
  where = namespace,
  spec: object = {},
): KubernetesObject {
  const pod = podWith(where, name, given, spec);
  return { ...pod, metadata: { ...pod.metadata, labels: meshLabel } };
}
