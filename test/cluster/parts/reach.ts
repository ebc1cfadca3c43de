import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CertificateFolder } from '../../running-server.ts';
import { accepted, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { makeNamespace } from '../namespaces.ts';
import { podWith } from '../pods.ts';
import { comparable } from '../stored-pod.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook, type Webhook, webhookName } from '../webhook.ts';

const namespace = 'reach';

/** Which pods Downlink touches, and what its failure touches. */
export function reachTests(plane: ControlPlane, certificates: CertificateFolder): void {
  const { api, version } = plane;
  const needsConditions = { skip: skipBefore(version, 1, 30, 'matchConditions') };
  const stranger = podWith(namespace, 'stranger', { 'example.com/note': 'ours, not yours' });
  const optedIn = podWith(namespace, 'opted-in', { 'downlink.dev/env': 'pod' });
  describe('reach', () => {
    let webhook: Webhook;
    let strangerAlone: object;
    before(async () => {
      await makeNamespace(api, namespace);
      strangerAlone = comparable(accepted(await api.create(stranger, { dryRun: 'All' })));
      webhook = await startWebhook(plane, certificates, {});
    });
    after(() => webhook.remove());

    test('a pod that did not opt in is stored as it would be without Downlink', async () => {
      const answer = await api.create(stranger);
      assert.deepEqual(comparable(accepted(answer)), strangerAlone);
      assert.deepEqual(answer.warnings, []);
      accepted(await api.remove(stranger));
    });

    test('a pod that did not opt in is not sent to Downlink', needsConditions, async () => {
      accepted(await api.create(stranger));
      accepted(await api.create(optedIn)); // which is logged later than anything about the other one
      const names = webhook.reviews().map(({ name }) => name);
      assert.ok(names.includes('opted-in'));
      assert.ok(!names.includes('stranger'));
      accepted(await api.remove(stranger));
      accepted(await api.remove(optedIn));
    });

    describe('while Downlink is down', () => {
      before(() => webhook.stopServer());

      test('a pod that opted in is refused, and the error names the webhook', async () => {
        const { message } = refused(await api.create(optedIn), 500);
        assert.match(message, new RegExp(`failed calling webhook "${webhookName}"`));
      });

      test('a pod that did not opt in is stored', needsConditions, async () => {
        accepted(await api.create(stranger));
        accepted(await api.remove(stranger));
      });
    });
  });
}
