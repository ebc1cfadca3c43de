import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { helm, helmIsMissing } from '../../deploy/helm.ts';
import { chart, installFile } from '../../deploy/render.ts';
import { createCaBundleReconciler } from '../../src/certificates/ca-bundle-reconciler.ts';
import { encodeCaBundle } from '../../src/certificates/certificate.ts';
import { createApiClient } from '../../src/kubernetes-api/api-client.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { eventually } from '../support/eventually.ts';
import { type Manifest, only, parseManifests } from '../support/manifests.ts';
import { issueAuthority, parseAll } from '../support/pem-certificates.ts';
import { accepted, type KubernetesObject } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import { tokenOf } from './faults/installation.ts';
import { kubectl } from './kubectl.ts';
import { skipBefore } from './versions.ts';

// Applies the chart and install.yaml to an API server with several tools. No pod runs.
const plane = await startControlPlane();
const { api, binaries, kubeconfig, version } = plane;
const release = 'downlink';
const hour = 60 * 60 * 1000; // milliseconds
const authorities = parseAll((await issueAuthority('a CA that signs nothing', new Date(), hour)).certificate);
const ownCa = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64'); // as much of a certificate as the chart checks
const configurationKinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;
const needsHelm = await helmIsMissing();
const needsKubectl = binaries.kubectl === undefined && 'needs kubectl';

after(plane.stop); // outside of the suite, which older servers skip

describe(`the chart on Kubernetes ${plane.gitVersion}`, { skip: skipBefore(version, 1, 30, 'matchConditions') }, () => {
  describe('server-side apply after kubectl apply', { skip: needsKubectl || needsHelm }, () => {
    for (const [name, values] of [
      ['of install.yaml', undefined],
      [
        'with certificates from files',
        `certificates.mode=files,certificates.secretName=own,certificates.caBundle=${ownCa}`,
      ],
      [
        'of every option',
        'autoscaling.enabled=true,networkPolicy.enabled=true,priorityClassName=system-cluster-critical,nodeOptions=-v,tolerations[0].key=a,webhook.excludedNamespaces={a},profiles.web.env=pod,namespaceProfiles={web}',
      ],
    ] as const) {
      test(`${name} has no conflicts, and does not change caBundle`, async () => {
        const manifests = values === undefined ? await readFile(installFile, 'utf8') : await render('--set', values);
        try {
          if (values !== undefined) await apply(namespaceManifest);
          await apply(manifests);
          const isKept = manifests.includes('--certificate-mode=self-signed');
          for (const kind of isKept ? configurationKinds : []) await keepCaBundle(kind, manifests);
          for (const manager of ['a-gitops-tool', 'kubectl'])
            await apply(manifests, '--server-side', `--field-manager=${manager}`);
          await apply(manifests);
          const configuration = only(parseManifests(manifests), 'MutatingWebhookConfiguration');
          const { webhooks } = accepted<Manifest>(await api.get(configuration));
          const kept = isKept ? encodeCaBundle(authorities) : ownCa;
          assert.equal(webhooks[0].clientConfig.caBundle, kept);
        } finally {
          await remove(manifests);
        }
      });
    }
  });

  describe('autoscaling', { skip: needsHelm || needsKubectl }, () => {
    before(() => apply(namespaceManifest));
    after(async () => remove(await render('--set', 'autoscaling.enabled=true')));
    // at least one, so that the autoscaler does not correct the number itself
    const on = ['--set', 'autoscaling.enabled=true,autoscaling.minReplicas=1'];

    test('keeps the number of replicas when helm enables it', async () => {
      await helmDoes('install');
      assert.equal(await replicas(), 2);
      await helmDoes('upgrade', ...on);
      assert.equal(await replicas(), 2);
    });

    test('sets a number that helm keeps', async () => {
      await scale(5);
      await helmDoes('upgrade', ...on, '--set', 'logLevel=debug');
      await helmDoes('upgrade', ...on, '--set', 'autoscaling.maxReplicas=4'); // the autoscaler applies it later
      assert.ok([4, 5].includes(await replicas()));
    });

    test('restores the number in the values when it is disabled', async () => {
      await helmDoes('upgrade', '--set', 'autoscaling.enabled=false', '--force-conflicts');
      assert.equal(await replicas(), 2);
      await helmDoes('uninstall');
    });

    test('starts a new installation with the minimum', async () => {
      await helmDoes('install', '--set', 'autoscaling.enabled=true,autoscaling.minReplicas=3');
      assert.equal(await replicas(), 3);
      await helmDoes('uninstall');
    });

    test('without helm, sets a number that kubectl apply keeps after set-last-applied', async () => {
      await apply(await render());
      const manifests = await render(...on);
      const deployment = only(parseManifests(manifests), 'Deployment');
      await succeeds(['apply', 'set-last-applied', '-f', '-'], deployment);
      await apply(manifests);
      assert.equal(await replicas(), 2);
      await remove(manifests);
    });

    test('without helm, sets a number that server-side apply keeps', async () => {
      await apply(await render(), '--server-side');
      await succeeds(['--namespace', release, 'scale', 'deployment/downlink', '--replicas=3'], '');
      await apply(await render(...on), '--server-side');
      assert.equal(await replicas(), 3);
    });
  });
});

const namespaceManifest = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: release } });

function render(...args: readonly string[]): Promise<string> {
  const scope = ['--namespace', release, '--kube-version', plane.gitVersion];
  return helm('template', release, chart, '--skip-tests', ...scope, ...args);
}

async function helmDoes(command: 'install' | 'upgrade' | 'uninstall', ...args: readonly string[]): Promise<void> {
  const what = command === 'uninstall' ? [release] : [release, chart];
  await helm(command, ...what, '--namespace', release, '--kubeconfig', kubeconfig, ...args);
}

async function succeeds(args: readonly string[], input: object | string): Promise<void> {
  const { exitCode, stderr } = await kubectl(plane, args, input);
  assert.equal(exitCode, 0, stderr);
}

function apply(manifests: string, ...args: readonly string[]): Promise<void> {
  return succeeds(['apply', ...args, '-f', '-'], manifests);
}

/** Removes everything except for the namespace, which a control plane removes slowly or not at all. */
async function remove(manifests: string): Promise<void> {
  for (const object of parseManifests(manifests).filter(({ kind }) => kind !== 'Namespace')) await api.remove(object);
  const deployment = only(parseManifests(manifests), 'Deployment');
  await eventually(async () => assert.equal((await api.get(deployment)).code, 404));
}

const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: release, name: 'downlink' },
};

async function replicas(): Promise<number> {
  return accepted<Manifest>(await api.get(deployment)).spec.replicas;
}

/** Changes the number as the controller of a HorizontalPodAutoscaler does. */
async function scale(to: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${release}/deployments/downlink/scale?fieldManager=kube-controller-manager`;
  accepted(await api.request('PATCH', path, { spec: { replicas: to } }, 'application/merge-patch+json'));
}

/** Writes caBundle as the server does, with the permissions of its service account. */
async function keepCaBundle(kind: (typeof configurationKinds)[number], manifests: string): Promise<void> {
  const objects = parseManifests(manifests);
  const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8'));
  const token = await tokenOf(api, only(objects, 'ServiceAccount'));
  const client = createApiClient({
    server: clusters[0].cluster.server,
    ca: await readFile(join(dirname(kubeconfig), 'ca.crt'), 'utf8'),
    token: () => Promise.resolve(token),
  });
  const { name } = only(objects, kind).metadata;
  const bundle = createCaBundleReconciler({
    api: client,
    log: pino({ level: 'silent' }),
    events: createMetrics(),
    reference: { kind, name },
    onMismatch: () => {},
  });
  await bundle.reconcile(await bundle.read(), authorities);
}
