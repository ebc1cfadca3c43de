import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram, helmIsMissing } from '../../deploy/helm.ts';
import { type Manifest, only, parseManifests } from '../support/manifests.ts';
import { type Answer, accepted, type KubernetesObject, refused } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import { makeNamespace } from './namespaces.ts';
import { podWith } from './pods.ts';
import { removeAtExit } from './processes.ts';
import { deploymentWith } from './scanned.ts';
import { skipBefore } from './versions.ts';

const root = join(import.meta.dirname, '../..');
const documentation = await readFile(join(root, 'docs/operations.md'), 'utf8');
/** The lines of its shell blocks. */
const commands = [...documentation.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, indent = '', block = '']) =>
  block
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(indent.length)),
);
/** Of what runs in no cluster without nodes, or is run by chart.test.ts. */
const notRun = [/^downlink scan/, / logs /, / rollout restart /, / set-last-applied /, / scale /];
const ran = new Set<string>();

// Downlink is installed and never runs: every call of its webhook fails.
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

after(plane.stop); // not in the suite, which is skipped on old servers

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

  test('while the webhook is down, a pod that asks is refused with the words to look for', async () => {
    const { message } = refused(await createPod(), 500);
    assert.match(message, /failed calling webhook "pods\.downlink\.dev"/);
    await run(/^kubectl get events /);
    await run(/^kubectl --namespace downlink get pods$/);
  });

  test('a workload is let through, and no more when that is taken back', async () => {
    await run(/patch deployment web .*"false"/);
    accepted(await createPod());
    await run(/patch deployment web .*null/);
    refused(await createPod(), 500);
  });

  test('every pod is let through by failurePolicy, which kubectl apply puts back', async () => {
    await run(/^kubectl patch mutatingwebhookconfiguration /);
    assert.equal(await failurePolicy(), 'Ignore');
    accepted(await createPod());
    await run(/^kubectl apply -f deploy\/install\.yaml$/);
    assert.equal(await failurePolicy(), 'Fail');
  });

  test('every pod is let through without the configurations, which kubectl apply makes again', async () => {
    await run(/^kubectl delete /);
    accepted(await createPod());
    await run(/^kubectl apply -f deploy\/install\.yaml$/);
    refused(await createPod(), 500);
  });

  test('helm puts both back as well', async () => {
    for (const object of parseManifests(await readFile(join(root, 'deploy/install.yaml'), 'utf8')))
      if (object.kind !== 'Namespace') await api.remove(object);
    await inShell('helm install downlink deploy/chart --namespace downlink');
    await run(/^kubectl patch mutatingwebhookconfiguration /);
    assert.equal(await failurePolicy(), 'Ignore');
    await run(/^helm upgrade /);
    assert.equal(await failurePolicy(), 'Fail');
    await run(/^kubectl delete /);
    await run(/^helm upgrade /);
    assert.equal(await failurePolicy(), 'Fail');
  });

  test('no other command is there that this test does not run', () => {
    const others = commands.filter((command) => !ran.has(command) && !notRun.some((pattern) => pattern.test(command)));
    assert.deepEqual(others, []);
  });
});

type Shell = (command: string) => Promise<void>;

/** Runs commands with the real programs, as the administrator, in a folder with the checkout's `deploy`. */
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

/** Creates a pod of the Deployment's template, as its controller would, and stores none. */
async function createPod(): Promise<Answer> {
  const { spec } = accepted<Manifest>(await api.get(deployment));
  const pod = podWith(namespace, 'of-template', spec.template.metadata.annotations);
  return api.create(pod, { dryRun: 'All' });
}

async function failurePolicy(): Promise<string> {
  return only([accepted<Manifest>(await api.get(configuration))], configuration.kind).webhooks[0].failurePolicy;
}
