import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { deploy } from '../helm.ts';
import { create, kubectl } from '../kubectl.ts';
import { logs, podWith, started } from '../pods.ts';
import { namespace, release } from '../settings.ts';

/** The result of an installation in an empty cluster, and the seconds that it took. */
export interface Installation {
  readonly helmReturned: number;
  readonly podCreated: number;
  readonly pod: Pod | undefined;
}

/** Installs the chart and creates a pod. */
export async function install(): Promise<Installation> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  await deploy('install', ['--create-namespace']);
  const helmReturned = seconds();
  const [pod] = await create<Pod>(namespace, podWith('first', { 'downlink.dev/env': 'pod' }, 'env; sleep 99999'));
  return { helmReturned, podCreated: seconds(), pod };
}

/** Tests the way from an empty cluster to an injected pod. */
export function installTests(installation: () => Installation): void {
  describe('helm install', () => {
    test('is enough for a pod to be injected', async (t) => {
      const { helmReturned, podCreated, pod } = installation();
      const after = `helm returned after ${helmReturned.toFixed(1)} s`;
      t.diagnostic(`${podCreated.toFixed(1)} s from helm install to the first injected pod; ${after}`);
      assert.ok(pod && variables(containerNamed(pod, 'main')).includes('POD_NAME'), 'it is not injected');
      await started('first');
      assert.match(await logs('first'), /^POD_NAME=first$/m);
    });

    test('gives the replicas no token but one that expires after an hour', async () => {
      const name = '--selector=app.kubernetes.io/name=downlink';
      const { items } = JSON.parse(await kubectl(['-n', release, 'get', 'pods', name, '-o=json']));
      for (const { spec } of items as readonly { spec: { volumes: readonly { projected?: object }[] } }[])
        assert.equal(spec.volumes.filter(({ projected }) => projected).length, 1);
      const read = `fs.readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8')`;
      const print = `console.log(Buffer.from(${read}.split('.')[1], 'base64url').toString())`;
      const node = ['exec', `deployment/${release}`, '--', '/nodejs/bin/node', '--eval', print];
      const { exp, iat } = JSON.parse(await kubectl(['-n', release, ...node]));
      assert.equal(exp - iat, 3600); // seconds
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

    test('complies with the restricted Pod Security Standard', async () => {
      // from here on: later replicas are rejected if they do not comply
      await kubectl(['label', 'namespace', release, 'pod-security.kubernetes.io/enforce=restricted']);
    });
  });
}
