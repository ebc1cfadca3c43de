import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CertificateFolder } from '../../support/test-server.ts';
import { accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { makeNamespace } from '../namespaces.ts';
import { podWith } from '../pods.ts';
import { comparable } from '../stored-pod.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook, type Webhook, webhookName } from '../webhook.ts';

const namespace = 'reach';

/** Tests which pods Downlink and its failure affect. */
export function scopeTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, version } = plane;
  const needsConditions = { skip: skipBefore(version, 1, 30, 'matchConditions') };
  const stranger = podWith(namespace, 'stranger', { 'example.com/note': 'ours, not yours' });
  const optOut = { 'downlink.dev/env': 'POD=metadata.nam', 'downlink.dev/inject': 'false' };
  const mirrorPod = mirrorPodWith({ 'downlink.dev/env': 'pod' });
  const optedIn = podWith(namespace, 'opted-in', { 'downlink.dev/env': 'pod' });
  describe('a pod', () => {
    let webhook: Webhook;
    let strangerAlone: object;
    before(async () => {
      await makeNamespace(api, namespace);
      strangerAlone = comparable(accepted(await api.create(stranger, { dryRun: 'All' })));
      webhook = await startWebhook(plane, certificates, {});
    });
    after(() => webhook.remove());

    test('that does not opt in is stored as without Downlink', async () => {
      const answer = await api.create(stranger);
      assert.deepEqual(comparable(accepted(answer)), strangerAlone);
      assert.deepEqual(answer.warnings, []);
      accepted(await api.remove(stranger));
    });

    test('that does not opt in is not sent to Downlink', needsConditions, async () => {
      accepted(await api.create(stranger));
      accepted(await api.create(optedIn)); // logged later than any review of the other pod
      const names = webhook.reviews().map(({ name }) => name);
      assert.ok(names.includes('opted-in'));
      assert.ok(!names.includes('stranger'));
      accepted(await api.remove(stranger));
      accepted(await api.remove(optedIn));
    });

    describe('while Downlink is down', () => {
      before(() => webhook.stopServer());

      test('that opts in is rejected, and the error names the webhook', async () => {
        const { message } = refused(await api.create(optedIn), 500);
        assert.match(message, new RegExp(`failed calling webhook "${webhookName}"`));
      });

      for (const [who, pod] of [
        ['does not opt in', stranger],
        ['opts out, whatever its other annotations,', podWith(namespace, 'opted-out', optOut)],
        ['is a mirror pod with annotations of Downlink', mirrorPod],
      ] as const)
        test(`that ${who} is stored unchanged`, needsConditions, async () => {
          const stored = accepted(await api.create(pod));
          assert.deepEqual(stored.metadata.annotations, pod.metadata.annotations);
          accepted(await api.remove(pod));
        });

      test('with a misspelled opt-out is rejected', needsConditions, async () => {
        const pod = podWith(namespace, 'misspelled', { ...optOut, 'downlink.dev/inject': 'no' });
        const { message } = refused(await api.create(pod), 500);
        assert.match(message, new RegExp(`failed calling webhook "${webhookName}"`));
      });
    });
  });
}

/** Returns a pod as a kubelet creates it from a file on its node: bound to the node, and without a service account. */
function mirrorPodWith(annotations: Readonly<Record<string, string>>): KubernetesObject {
  const mirrored = { ...annotations, 'kubernetes.io/config.mirror': 'hash' };
  return podWith(namespace, 'mirrored', mirrored, { nodeName: 'node', automountServiceAccountToken: false });
}
