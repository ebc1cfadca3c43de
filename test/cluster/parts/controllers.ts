import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { makeNamespace } from '../namespaces.ts';
import { containerNamed, podWith, variables } from '../pods.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

const namespace = 'controllers';

/** Tests pods that a controller creates from a template. */
export function controllersTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, binaries } = plane;
  const needsManager = { skip: binaries.controllerManager === undefined && 'needs kube-controller-manager' };
  describe('controllers', () => {
    let webhook: Webhook;
    before(async () => {
      webhook = await startWebhook(plane, certificates, {});
      await makeNamespace(api, namespace);
    });
    after(() => webhook.remove());

    test('the pod of a ReplicaSet is injected', needsManager, async () => {
      const replicaSet = replicaSetWith('good', { 'downlink.dev/env': 'pod' });
      accepted(await api.create(replicaSet));
      const pod = await eventually(async () => {
        const { items } = accepted<List>(await api.list(podWith(namespace, '', {}), { labelSelector: 'app=good' }));
        assert.ok(items[0], 'the ReplicaSet has no pod');
        return items[0];
      });
      assert.match(pod.metadata.name ?? '', /^good-.{5}$/);
      assert.ok(variables(containerNamed(pod, 'main')).includes('POD_NAME'));
    });

    test('the events of a ReplicaSet contain every mistake in its template', needsManager, async () => {
      const mistakes = { 'downlink.dev/env': 'POD=metadata.nam', 'downlink.dev/volume-path': 'relative' };
      const { details } = refused(await api.create(podWith(namespace, 'mistakes', mistakes)), 422);
      assert.equal(details?.causes?.length, 2);
      accepted(await api.create(replicaSetWith('faulty', mistakes)));
      const event = await eventually(async () => {
        const fieldSelector = 'involvedObject.name=faulty,reason=FailedCreate';
        const { items } = accepted<List>(await api.list(anyEvent, { fieldSelector }));
        assert.ok(items[0], 'the ReplicaSet has no event');
        return items[0];
      });
      const message = String(event['message']);
      for (const cause of details?.causes ?? [])
        assert.ok(message.includes(`${cause.field}: ${cause.message}`), message);
    });
  });
}

interface List {
  readonly items: readonly KubernetesObject[];
}

const anyEvent: KubernetesObject = { apiVersion: 'v1', kind: 'Event', metadata: { namespace } };

function replicaSetWith(name: string, annotations: Readonly<Record<string, string>>): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { namespace, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: podWith(namespace, name, {})['spec'] },
    },
  };
}
