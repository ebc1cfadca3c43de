import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { installFile } from '../../../deploy/render.ts';
import type { KubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { skipBefore } from '../../cluster/versions.ts';
import { eventually } from '../../support/eventually.ts';
import { create, kubectl, tryKubectl } from '../kubectl.ts';
import { podWith } from '../pods.ts';
import { objectsOf } from '../release-objects.ts';
import { images, namespace } from '../settings.ts';

const name = 'downlink'; // of all objects in the file

/** Tests deploy/install.yaml, changed only in its images. */
export function installFileTests(version: KubernetesVersion): void {
  const tooOld = skipBefore(version, 1, 30, 'matchConditions and policy/v1');
  describe('kubectl apply -f deploy/install.yaml', { skip: tooOld }, () => {
    test('injects a pod, and kubectl delete leaves nothing', async (t) => {
      const { exitCode } = await tryKubectl(['get', 'namespace', name]);
      assert.notEqual(
        exitCode,
        0,
        `the cluster has a namespace ${name}, which this test would remove; test in another one`,
      );
      const others = await objectsOf(name); // of releases with a similar name
      const manifests = withImages(await readFile(installFile, 'utf8'));
      try {
        const began = performance.now();
        await kubectl(['apply', '-f', '-'], ...manifests);
        await kubectl(['-n', name, 'rollout', 'status', `deployment/${name}`, '--timeout=120s']);
        const pod = podWith('from-file', { 'downlink.dev/env': 'pod' }, 'sleep 99999');
        const [stored] = await create<Pod>(namespace, pod);
        assert.ok(stored && variables(containerNamed(stored, 'main')).includes('POD_NAME'), 'it is not injected');
        t.diagnostic(
          `${((performance.now() - began) / 1000).toFixed(1)} s from kubectl apply to the first injected pod`,
        );
        const caBundle = await caBundleInUse();
        await kubectl(['apply', '-f', '-'], ...manifests);
        assert.equal(await caBundleInUse(), caBundle); // a second apply keeps it
      } finally {
        await kubectl(['delete', '--ignore-not-found', '--timeout=120s', '-f', '-'], ...manifests);
      }
      await eventually(async () => assert.deepEqual(await objectsOf(name), others));
    });
  });
}

function caBundleInUse(): Promise<string> {
  return kubectl(['get', 'mutatingwebhookconfiguration', name, '-o=jsonpath={.webhooks[0].clientConfig.caBundle}']);
}

function withImages(yaml: string): readonly object[] {
  const { webhook, ambassador } = images;
  const text = yaml
    .replace(/^( +image: ).*$/m, webhook ? `$1${webhook}` : '$&')
    .replace(/--ambassador-image=[^"\s]+/, ambassador ? `--ambassador-image=${ambassador}` : '$&');
  return parseAllDocuments(text).map((document) => document.toJS());
}
