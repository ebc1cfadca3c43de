import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { eventually } from '../../support/eventually.ts';
import { uninstall } from '../helm.ts';
import { create, kubectl } from '../kubectl.ts';
import { podWith } from '../pods.ts';
import { objectsOf } from '../release-objects.ts';
import { namespace, release } from '../settings.ts';

/** Tests the removal of the release. */
export function uninstallTests(): void {
  describe('helm uninstall', () => {
    test('leaves nothing in the namespace and in the cluster', async (t) => {
      const before = await objectsOf(release);
      // proves that the search finds objects
      for (const expected of [
        `Secret ${release}/${release}-certificates`,
        `Secret ${release}/sh.helm.release.v1.${release}.v1`,
        `Deployment ${release}/${release}`,
        `Role ${release}/${release}`,
        `ClusterRole /${release}`,
        `ClusterRoleBinding /${release}`,
        `MutatingWebhookConfiguration /${release}`,
        `ValidatingWebhookConfiguration /${release}`,
      ]) {
        assert.ok(before.includes(expected), `${expected} is not among ${before.join(', ')}`);
      }
      await uninstall();
      // the Secret and the pods are deleted with the Deployment: the Secret at once, the pods after they have drained
      await kubectl(['-n', release, 'wait', '--for=delete', 'pods', '--all', '--timeout=120s']);
      await eventually(async () => assert.deepEqual(await objectsOf(release), []));
      t.diagnostic(`${before.length} objects are gone`);
    });

    test('lets pods with annotations be created unchanged', async () => {
      const [pod] = await create<Pod>(namespace, podWith('after-uninstall', { 'downlink.dev/env': 'pod' }, 'true'));
      assert.deepEqual(pod?.metadata?.annotations?.['downlink.dev/status'], undefined);
    });
  });
}
