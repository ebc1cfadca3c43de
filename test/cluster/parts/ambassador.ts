import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formatKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { makeNamespace } from '../namespaces.ts';
import { containerNamed, podWith } from '../pods.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

const namespace = 'ambassador';
const restricted = 'restricted';
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const annotations = { 'downlink.dev/ambassador': 'true' };

/** Tests the ambassador together with other features of Kubernetes. */
export function ambassadorTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, version } = plane;
  const needsPodSecurity = { skip: skipBefore(version, 1, 23, 'Pod Security admission') };
  const needsSidecars = { skip: skipBefore(version, 1, 29, 'native sidecars') };
  describe('ambassador', () => {
    let webhook: Webhook;
    before(async () => {
      webhook = await startWebhook(plane, certificates, { kubernetesVersion: formatKubernetesVersion(version) });
      await makeNamespace(api, namespace);
      await makeNamespace(api, restricted, { 'pod-security.kubernetes.io/enforce': 'restricted' });
    });
    after(() => webhook.remove());

    test('has the only token of the pod without automounting', async () => {
      const pod = podWith(namespace, 'no-token', annotations, { automountServiceAccountToken: false });
      const stored = accepted<Pod>(await api.create(pod));
      assert.deepEqual(mountPathsOf(stored, 'main'), []);
      assert.deepEqual(mountPathsOf(stored, 'ambassador'), [tokenPath]);
      assert.deepEqual(
        stored.spec?.volumes?.map(({ name }) => name),
        ['downlink-token'],
      );
    });

    test('has its own token next to that of the application with automounting', async () => {
      const stored = accepted<Pod>(await api.create(podWith(namespace, 'two-tokens', annotations)));
      const mounted = (name: string) => containerNamed(stored, name)?.volumeMounts ?? [];
      assert.deepEqual(mountPathsOf(stored, 'main'), [tokenPath]);
      assert.deepEqual(
        mounted('ambassador').map(({ name, mountPath }) => ({ name, mountPath })),
        [{ name: 'downlink-token', mountPath: tokenPath }],
      );
      assert.ok(mounted('main').every(({ name }) => name !== 'downlink-token'));
    });

    test(
      'is accepted in a namespace that enforces the restricted Pod Security Standard',
      needsPodSecurity,
      async () => {
        accepted(await api.create(podWith(restricted, 'conforming', annotations)));
        const loose = podWith(restricted, 'loose', annotations, { securityContext: {} });
        refused(await api.create(loose), 403); // the namespace does enforce it
      },
    );

    test('is stored as the first init container if it is a native sidecar', needsSidecars, async () => {
      const pod = podWith(namespace, 'native', { ...annotations, 'downlink.dev/ambassador-sidecar': 'native' });
      const stored = accepted<Pod>(await api.create(pod));
      const { name, restartPolicy } = stored.spec?.initContainers?.[0] ?? {};
      assert.deepEqual({ name, restartPolicy }, { name: 'ambassador', restartPolicy: 'Always' });
    });
  });
}

function mountPathsOf(pod: Pod, container: string): readonly string[] {
  return (containerNamed(pod, container)?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
}
