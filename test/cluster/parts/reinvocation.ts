import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import type { CertificateFolder } from '../../running-server.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import type { Audit } from '../audit.ts';
import type { ControlPlane } from '../control-plane.ts';
import { eventually } from '../eventually.ts';
import { meshLabel, startMesh } from '../mesh.ts';
import { makeNamespace } from '../namespaces.ts';
import { containerNamed, mountPaths, podWith, variables } from '../pods.ts';
import { configurationName, podWebhook, startWebhook, type Webhook, webhookName } from '../webhook.ts';

const namespace = 'reinvocation';

/** Another webhook that adds a container after Downlink was called, so that Downlink is called again. */
export function reinvocationTests(plane: ControlPlane, certificates: CertificateFolder, audit: Audit): void {
  const { api } = plane;
  describe('a second webhook that adds a container', () => {
    let webhook: Webhook;
    let mesh: Awaited<ReturnType<typeof startMesh>>;
    let configuration: KubernetesObject;
    let stored: Pod;
    before(async () => {
      await makeNamespace(api, namespace);
      webhook = await startWebhook(plane, certificates, {});
      mesh = await startMesh(certificates);
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

    test('calls Downlink twice', () => {
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

const annotations = {
  'downlink.dev/env': 'metadata.name, spec.nodeName',
  'downlink.dev/volume': 'labels',
  'downlink.dev/ambassador': 'true',
};

function meshed(name: string, given: Readonly<Record<string, string>>): KubernetesObject {
  const pod = podWith(namespace, name, given);
  return { ...pod, metadata: { ...pod.metadata, labels: meshLabel } };
}
