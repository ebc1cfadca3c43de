import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import type { GoldenCase } from '../../golden/cases.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { type Answer, accepted, type KubernetesObject, refused } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { comparable } from '../stored-pod.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook, type Webhook, webhookName } from '../webhook.ts';

/** Tests that the API server stores every golden pod as the golden file shows it, with defaults. */
export function goldenTests(plane: ControlPlane, certificates: CertificateFolder, cases: readonly GoldenCase[]): void {
  describe('golden pods through the API server', () => {
    const defaulted = new Map<string, Answer>();
    before(async () => {
      for (const golden of cases.filter((one) => skipReason(plane, one) === false)) {
        const { expected, pod, name } = golden;
        if (expected.kind === 'denied') continue;
        const stored = expected.kind === 'injected' ? expected.pod : pod;
        defaulted.set(name, await plane.api.create(stored as unknown as KubernetesObject, { dryRun: 'All' }));
      }
    });
    for (const [settings, group] of Map.groupBy(cases, (one) => JSON.stringify(flagsOf(one)))) {
      describe(`with ${settings}`, () => {
        let webhook: Webhook;
        before(async () => {
          webhook = await startWebhook(plane, certificates, JSON.parse(settings));
        });
        after(() => webhook.remove());
        for (const golden of group) {
          test(golden.name.replaceAll('-', ' '), { skip: skipReason(plane, golden) }, () =>
            check(plane, golden, defaulted.get(golden.name)),
          );
        }
      });
    }
  });
}

async function check({ api }: ControlPlane, golden: GoldenCase, expectedPod: Answer | undefined): Promise<void> {
  const answer = await api.create(golden.pod as unknown as KubernetesObject);
  assert.deepEqual(new Set(answer.warnings.filter((text) => text.startsWith('downlink: '))), new Set(golden.warnings));
  if (golden.expected.kind === 'denied') {
    const { message, reason, details } = refused(answer, 422);
    const errors = (details?.causes ?? []).map((cause) => `${cause.field}: ${cause.message}`);
    // sorted, because the API server sorts annotations by key
    assert.deepEqual(errors.toSorted(), golden.expected.text.split('\n').toSorted());
    assert.equal(message, `admission webhook "${webhookName}" denied the request: ${errors.join('; ')}`);
    assert.equal(reason, 'Invalid');
    return;
  }
  const stored = accepted(answer);
  const removed = await api.remove(stored);
  // the garbage collector also removes the pods whose owner does not exist, and can be faster
  if (removed.code !== 404 || stored.metadata.ownerReferences === undefined) accepted(removed);
  assert.ok(expectedPod);
  assert.deepEqual(comparable(stored as Pod), comparable(accepted<Pod>(expectedPod)));
}

function skipReason({ version }: ControlPlane, { requires }: GoldenCase): string | false {
  const needed = parseKubernetesVersion(requires?.version ?? '');
  return needed !== undefined && skipBefore(version, needed.major, needed.minor, requires?.why ?? '');
}

function flagsOf({ settings }: GoldenCase): Readonly<Record<string, string>> {
  const { kubernetesVersion, onInvalid } = settings;
  return { onInvalid, ...(kubernetesVersion !== undefined && { kubernetesVersion }) };
}
