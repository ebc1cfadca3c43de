import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { installFile } from '../../../deploy/render.ts';
import { isAtLeast } from '../../../src/kubernetes/kubernetes-version.ts';
import { only, parseManifests } from '../../support/manifests.ts';
import { accepted, type KubernetesObject } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';
import { kubeconfigFor } from '../scanned.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');
const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: x
  annotations: { downlink.dev/ambassador: "true", downlink.dev/ambassador-access: own-namespace }
spec:
  containers: [{ name: main, resources: { requests: { cpu: 10m } } }]
`;

/** Tests `downlink inject --cluster`, which uses the settings of the cluster. */
export function clusterOptionsTests(plane: ControlPlane): void {
  describe('inject --cluster', () => {
    const installed: KubernetesObject[] = [];
    let reader: string;
    let nobody: string;
    before(async () => {
      const read = { verbs: ['get', 'list'] };
      reader = await kubeconfigFor(plane, 'options-reader', [
        { ...read, apiGroups: ['admissionregistration.k8s.io'], resources: ['mutatingwebhookconfigurations'] },
        { ...read, apiGroups: [''], resources: ['services'] },
        { ...read, apiGroups: ['apps'], resources: ['deployments'] },
        { ...read, apiGroups: [''], resources: ['pods'] }, // to see when the API server applies the permissions
      ]);
      nobody = await kubeconfigFor(plane, 'options-nobody', []);
    });
    after(async () => {
      for (const object of installed) await plane.api.remove(object);
    });

    const isNative = isAtLeast(plane.version, 1, 32);

    test('uses version and namespace of the cluster, and says that Downlink is not installed', async () => {
      const { stdout, stderr } = await inject(reader);
      assert.equal(
        stderr,
        'downlink: Downlink is not installed in the cluster; using default settings for the webhook\n',
      );
      assert.equal(stdout.includes('initContainers:'), isNative);
      assert.match(stdout, /namespaces\/default\(/);
    });

    test('uses the settings of the installed webhook, with permissions to read only these', async () => {
      const manifests = parseManifests(await readFile(installFile, 'utf8'));
      await plane.api.create(only(manifests, 'Namespace')); // an earlier part can have left it
      for (const kind of ['MutatingWebhookConfiguration', 'Service', 'Deployment']) {
        const object = only(manifests, kind);
        if (kind === 'Deployment') object.spec.template.spec.containers[0].args.push('--ambassador-cpu=70m');
        accepted(await plane.api.create(object));
        installed.push(object);
      }
      const { stdout, stderr } = await inject(reader);
      assert.equal(stderr, '');
      assert.match(stdout, /cpu: 70m/);
      assert.equal(stdout.includes('initContainers:'), isNative);
    });

    test('works without permissions, and says what it could not read', async () => {
      const { stdout, stderr } = await inject(nobody);
      assert.match(
        stderr,
        /^downlink: mutatingwebhookconfigurations\S* is forbidden: .*; using default settings for the webhook\n$/,
      );
      assert.equal(stdout.includes('initContainers:'), isNative);
    });
  });
}

function inject(kubeconfig: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const args = [main, 'inject', '-f', '-', '--cluster'];
    const child = execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve({ stdout, stderr: aboutTheCluster(stderr) }),
    );
    child.stdin?.end(manifest);
  });
}

/** Returns the messages about the cluster, without warnings about the manifest, such as that about an ordinary container before 1.32. */
function aboutTheCluster(stderr: string): string {
  return stderr
    .split(/^/m)
    .filter((line) => line.startsWith('downlink: '))
    .join('');
}
