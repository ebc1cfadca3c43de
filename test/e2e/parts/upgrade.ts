import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { deploy, replicaNames } from '../helm.ts';
import { create, kubectl } from '../kubectl.ts';
import { podWith } from '../pods.ts';
import { namespace, release } from '../settings.ts';

/** Tests a change of values that replaces every replica. */
export function upgradeTests(): void {
  describe('helm upgrade', () => {
    test('replaces the replicas, keeps the certificates, and pods are injected', async () => {
      const [secret, caBundle, replicas] = [await secretData(), await caBundleInUse(), await replicaNames()];
      assert.match(Buffer.from(caBundle, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
      assert.equal(replicas.length, 2);
      await deploy('upgrade', [], { 'podAnnotations.upgraded': 'yes' });
      const pod = podWith('after-upgrade', { 'downlink.dev/env': 'pod' }, 'sleep 99999');
      const [stored] = await create<Pod>(namespace, pod);
      assert.ok(stored && variables(containerNamed(stored, 'main')).includes('POD_NAME'), 'it is not injected');
      assert.equal(await secretData(), secret);
      assert.equal(await caBundleInUse(), caBundle);
      const selector = '--selector=app.kubernetes.io/name=downlink';
      const look = ['get', 'pods', selector, '-o=jsonpath={.items[*].metadata.annotations.upgraded}'];
      const marks = (await kubectl(['-n', release, ...look])).split(' ');
      assert.deepEqual(marks.filter((mark) => mark === 'yes').length, 2);
    });
  });
}

function secretData(): Promise<string> {
  return kubectl(['-n', release, 'get', 'secret', `${release}-certificates`, '-o=jsonpath={.data}']);
}

function caBundleInUse(): Promise<string> {
  const path = '-o=jsonpath={.webhooks[0].clientConfig.caBundle}';
  return kubectl(['get', 'mutatingwebhookconfiguration', release, path]);
}
