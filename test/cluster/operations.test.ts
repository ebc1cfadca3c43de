import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram, helmIsMissing } from '../../deploy/helm.ts';
import { type Manifest, parseManifests } from '../support/manifests.ts';
import { type Answer, accepted, type KubernetesObject, refused } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import { makeNamespace } from './namespaces.ts';
import { podWith } from './pods.ts';
import { removeAtExit } from './processes.ts';
import { deploymentWith } from './scanned.ts';
import { skipBefore } from './versions.ts';

const root = join(import.meta.dirname, '../..');
const documentation = await readFile(join(root, 'docs/operations.md'), 'utf8');
/** The lines in its shell blocks. */
const commands = [...documentation.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, indent = '', block = '']) =>
  block
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(indent.length)),
);
/** Commands that need nodes, or that chart.test.ts runs. */
const notRun = [/^downlink scan/, / logs /, / rollout restart /, / set-last-applied /, / scale /];
const ran = new Set<string>();

// Downlink is installed but does not run, so that every call of its webhook fails.
const plane = await startControlPlane();
const { api, version, binaries, kubeconfig } = plane;
const [namespace, name] = ['shop', 'web'];
const deployment = deploymentWith(namespace, name, { 'downlink.dev/env': 'pod' });
const configuration: KubernetesObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'downlink' },
};
const tooOld = skipBefore(version, 1, 30, 'matchConditions');
const needsPrograms = (await helmIsMissing()) || (binaries.kubectl === undefined && 'needs kubectl');

after(plane.stop); // outside of the suite, which older servers skip

describe(`the commands of docs/operations.md on Kubernetes ${plane.gitVersion}`, {
  skip: tooOld || needsPrograms,
}, () => {
  let inShell: Shell;
  const run = async (like: RegExp) => {
    const found = [...new Set(commands)].filter((command) => like.test(command));
    assert.equal(found.length, 1, `${like} must be one command of the page`);
    ran.add(found[0] ?? '');
    await inShell(found[0] ?? '');
  };
  before(async () => {
    inShell = await openShell();
    await makeNamespace(api, namespace);
    accepted(await api.create(deployment));
    await run(/^kubectl apply -f deploy\/install\.yaml$/);
  });

  test('a pod that opts in is rejected with the documented message while the webhook is down', async () => {
    const { message } = refused(await createPod(), 500);
    assert.match(message, /failed calling webhook "pods\.downlink\.dev"/);
    await run(/^kubectl get events /);
    await run(/^kubectl --namespace downlink get pods$/);
  });

  test('a workload can be exempted, and the exemption can be removed', async () => {
    await run(/patch deployment web .*"false"/);
    accepted(await createPod());
    await run(/patch deployment web .*null/);
    refused(await createPod(), 500);
  });

  test('failurePolicy admits every pod, and kubectl apply restores it', async () => {
    await run(/^kubectl patch mutatingwebhookconfiguration /);
    assert.equal(await failurePolicy(), 'Ignore');
    accepted(await createPod());
    await run(/^kubectl apply -f deploy\/install\.yaml$/);
    assert.equal(await failurePolicy(), 'Fail');
  });

  test('every pod is admitted without the configurations, and kubectl apply restores them', async () => {
    await run(/^kubectl delete /);
    accepted(await createPod());
    await run(/^kubectl apply -f deploy\/install\.yaml$/);
    refused(await createPod(), 500);
  });

  test('helm restores both, too', async () => {
    for (const object of parseManifests(await readFile(join(root, 'deploy/install.yaml'), 'utf8')))
      if (object.kind !== 'Namespace') await api.remove(object);
    // the webhook of a profile comes before the one for annotated pods
    const profile = "--set 'namespaceProfiles={web}' --set profiles.web.env=pod";
    await inShell(`helm install downlink deploy/chart --namespace downlink ${profile}`);
    await run(/^kubectl patch mutatingwebhookconfiguration /);
    assert.equal(await failurePolicy(), 'Ignore');
    await run(/^helm upgrade /);
    assert.equal(await failurePolicy(), 'Fail');
    await run(/^kubectl delete /);
    await run(/^helm upgrade /);
    assert.equal(await failurePolicy(), 'Fail');
  });

  test('the page has no command that is not tested', () => {
    const others = commands.filter((command) => !ran.has(command) && !notRun.some((pattern) => pattern.test(command)));
    assert.deepEqual(others, []);
  });
});

type Shell = (command: string) => Promise<void>;

/** Returns a function that runs commands as the administrator, in a folder with `deploy`. */
async function openShell(): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-operations-'));
  removeAtExit(folder);
  await symlink(join(root, 'deploy'), join(folder, 'deploy'));
  const programs = [dirname(binaries.kubectl ?? ''), dirname(await findProgram('helm')), process.env['PATH']];
  const env = { PATH: programs.join(delimiter), KUBECONFIG: kubeconfig, HOME: folder };
  return async (command) => {
    await promisify(execFile)('sh', ['-c', command], { cwd: folder, env });
  };
}

/** Creates a pod from the template of the Deployment, as a dry run. */
async function createPod(): Promise<Answer> {
  const { spec } = accepted<Manifest>(await api.get(deployment));
  const pod = podWith(namespace, 'of-template', spec.template.metadata.annotations);
  return api.create(pod, { dryRun: 'All' });
}

/** Returns the failure policy of the webhook for annotated pods. */
async function failurePolicy(): Promise<string> {
  const { webhooks } = accepted<Manifest>(await api.get(configuration));
  return webhooks.find(({ name }: Manifest) => name === 'pods.downlink.dev').failurePolicy;
}
