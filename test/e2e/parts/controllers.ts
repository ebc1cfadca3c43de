import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create, kubectl } from '../kubectl.ts';
import { execute, podWith } from '../pods.ts';
import { namespace } from '../settings.ts';

/** Tests pods that a controller creates. */
export function controllersTests(): void {
  describe('controllers', () => {
    test('the pods of a Deployment are injected, each with its own name', async () => {
      const labels = { app: 'web' };
      const { metadata, spec } = podWith('', { 'downlink.dev/env': 'pod' }, 'sleep 99999');
      const template = { metadata: { labels, annotations: metadata.annotations }, spec };
      const deployment = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
      };
      await create(namespace, deployment);
      await kubectl(['-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=120s']);
      const pods = (await kubectl(['-n', namespace, 'get', 'pods', '-l=app=web', '-o=name'])).trim().split('\n');
      assert.equal(pods.length, 2);
      for (const pod of pods) assert.equal(await execute(pod, 'sh', '-c', 'echo "pod/$POD_NAME"'), `${pod}\n`);
    });
  });
}
