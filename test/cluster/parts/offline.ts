import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inject } from '../../../src/index.ts';
import { formatKubernetesVersion, parseKubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import type { GoldenCase } from '../../golden/cases.ts';
import { validOptions } from '../../manifest/valid-options.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { type Answer, accepted, type KubernetesObject } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { kubectl } from '../kubectl.ts';
import { comparable } from '../stored-pod.ts';
import { skipBefore } from '../versions.ts';
import { startWebhook, type Webhook } from '../webhook.ts';

/** Tests that a manifest injected offline becomes the pod that the webhook would create. */
export function offlineTests(plane: ControlPlane, certificates: CertificateFolder, cases: readonly GoldenCase[]): void {
  const { api, binaries, version } = plane;
  const kubernetesVersion = formatKubernetesVersion(version);
  const options = validOptions({ kubernetesVersion }, 'default');
  const injected = cases.flatMap(({ name, pod, podText, requires }) => {
    const needed = parseKubernetesVersion(requires?.version ?? '');
    if (needed !== undefined && skipBefore(version, needed.major, needed.minor, requires?.why ?? '') !== false)
      return [];
    const { text } = inject(podText, options);
    return text === undefined || text === podText ? [] : [{ name, pod: pod as unknown as KubernetesObject, text }];
  });

  describe('manifests injected offline', { skip: binaries.kubectl === undefined && 'needs kubectl' }, () => {
    const without: Pod[] = [];
    let webhook: Webhook | undefined;
    before(async () => {
      const manifest = injected.map(({ text }) => text).join('\n---\n');
      const args = ['create', '--dry-run=server', '-n', 'default', '-f', '-', '-o', 'jsonpath={@}{"\\n"}'];
      const { exitCode, stdout, stderr } = await kubectl(plane, args, manifest);
      assert.equal(exitCode, 0, stderr);
      for (const line of stdout.trimEnd().split('\n')) without.push(JSON.parse(line));
      webhook = await startWebhook(plane, certificates, { kubernetesVersion });
    });
    after(() => webhook?.remove());

    test('there are many of them', () => {
      assert.ok(injected.length > 20, String(injected.length));
      assert.equal(without.length, injected.length);
    });

    for (const [index, { name, pod }] of injected.entries()) {
      test(name.replaceAll('-', ' '), async () => {
        const answer: Answer = await api.create(pod, { dryRun: 'All' });
        assert.deepEqual(comparable(without[index] as Pod), comparable(accepted<Pod>(answer)));
      });
    }
  });
}
