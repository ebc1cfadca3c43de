import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formatKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { kubectl } from '../kubectl.ts';
import { makeNamespace } from '../namespaces.ts';
import { containerNamed, podWith, variables } from '../pods.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

const namespace = 'requests';
const podVariables = ['POD_NAME', 'POD_NAMESPACE', 'POD_UID', 'POD_IP', 'SERVICE_ACCOUNT'];

/** Tests the ways in which users create pods. */
export function requestsTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, binaries, version } = plane;
  const needsKubectl = { skip: binaries.kubectl === undefined && 'needs kubectl' };
  describe('requests', () => {
    let webhook: Webhook;
    before(async () => {
      webhook = await startWebhook(plane, certificates, { kubernetesVersion: formatKubernetesVersion(version) });
      await makeNamespace(api, namespace);
    });
    after(() => webhook.remove());

    test('a dry run shows the injected pod and stores nothing', async () => {
      const pod = podWith(namespace, 'dry-run', { 'downlink.dev/env': 'pod' });
      const shown = accepted(await api.create(pod, { dryRun: 'All' }));
      assert.deepEqual(variables(containerNamed(shown, 'main')), podVariables);
      refused(await api.get(pod), 404);
    });

    test('server-side apply injects the first time, and changes nothing the second time', async () => {
      const pod = podWith(namespace, 'applied', allThree);
      const first = accepted(await api.apply(pod, 'gitops'));
      assert.deepEqual(variables(containerNamed(first, 'main')), podVariables);
      const second = accepted(await api.apply(pod, 'gitops'));
      assert.deepEqual(withoutManagers(second), withoutManagers(first));
    });

    for (const [what, ...flags] of [['kubectl apply'], ['kubectl apply --server-side', '--server-side']]) {
      test(`${what} works a second time`, needsKubectl, async () => {
        const pod = podWith(namespace, `kubectl-${flags.length}`, allThree);
        for (const time of ['first', 'second']) {
          const { exitCode, stderr } = await kubectl(plane, ['apply', '-f', '-', ...flags], pod);
          assert.equal(exitCode, 0, `the ${time} time: ${stderr}`);
        }
        const stored = accepted(await api.get(pod));
        assert.deepEqual(variables(containerNamed(stored, 'main')), podVariables);
      });
    }

    test('kubectl prints every mistake in a pod', needsKubectl, async () => {
      const pod = podWith(namespace, 'mistakes', {
        'downlink.dev/env': 'POD=metadata.nam, limit.cpu',
        'downlink.dev/volume-mode': '999',
        'downlink.dev/ambasador': 'true',
      });
      const { details } = refused(await api.create(pod), 422);
      const causes = details?.causes ?? [];
      assert.equal(causes.length, 4);
      const { exitCode, stderr } = await kubectl(plane, ['create', '-f', '-'], pod);
      assert.equal(exitCode, 1);
      for (const { field, message } of causes) assert.ok(stderr.includes(`${field}: ${message}`), stderr);
    });
  });
}

const allThree = { 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels', 'downlink.dev/ambassador': 'true' };

function withoutManagers({ metadata, ...rest }: KubernetesObject): object {
  return { ...rest, metadata: { ...metadata, managedFields: undefined } };
}
