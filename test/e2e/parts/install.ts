import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { deploy } from '../helm.ts';
import { create, kubectl } from '../kubectl.ts';
import { logs, podWith, started } from '../pods.ts';
import { namespace, release } from '../settings.ts';

/** From nothing to a pod that is injected. */
export function installTests(): void {
  describe('helm install', () => {
    test('is the one command that it takes until a pod is injected', async (t) => {
      const began = performance.now();
      const seconds = () => ((performance.now() - began) / 1000).toFixed(1);
      await deploy('install', ['--create-namespace']);
      const returned = seconds();
      const [first] = await create<Pod>(namespace, podWith('first', { 'downlink.dev/env': 'pod' }, 'env; sleep 99999'));
      t.diagnostic(`${seconds()} s from helm install to the first injected pod; helm returned after ${returned} s`);
      assert.ok(first && variables(containerNamed(first, 'main')).includes('POD_NAME'), 'it is not injected');
      await started('first');
      t.diagnostic(`${seconds()} s until it ran`);
      assert.match(await logs('first'), /^POD_NAME=first$/m);
    });

    test('gives every replica the same certificate', async () => {
      const secret = JSON.parse(await kubectl(['-n', release, 'get', 'secret', `${release}-certificates`, '-o=json']));
      const { ownerReferences, labels } = secret.metadata;
      assert.deepEqual(labels, { 'app.kubernetes.io/managed-by': 'downlink' });
      assert.deepEqual(
        ownerReferences.map(({ kind, name }: { kind: string; name: string }) => `${kind}/${name}`),
        [`Deployment/${release}`],
      );
      const logged = await kubectl(['-n', release, 'logs', '--selector=app.kubernetes.io/name=downlink', '--tail=-1']);
      const lines = logged.split('\n').filter((line) => line !== '');
      const wrote = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'wrote the Secret');
      assert.equal(wrote.length, 1, logged);
    });

    test('needs no more than Pod Security restricted', async () => {
      // from here on; the replicas of an upgrade are refused where they ask for more
      await kubectl(['label', 'namespace', release, 'pod-security.kubernetes.io/enforce=restricted']);
    });
  });
}
