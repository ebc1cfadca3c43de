import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { helmIsMissing } from '../../deploy/helm.ts';
import { eventually } from '../support/eventually.ts';
import { caBundle, issueAuthority, issueCertificate, type PemPair } from '../support/pem-certificates.ts';
import { accepted, type KubernetesObject } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import { type Balancer, startBalancer } from './faults/balancer.ts';
import { startCertManager } from './faults/cert-manager.ts';
import { startLoad } from './faults/load.ts';
import { type Nodes, startNodes } from './faults/nodes.ts';
import { documentedCommands, openShell, type Shell } from './faults/release.ts';
import { createTable } from './faults/table.ts';
import { makeServiceAccount } from './namespaces.ts';
import { podWith } from './pods.ts';

const day = 24 * 60 * 60 * 1000; // milliseconds
const host = 'downlink.downlink.svc';
const ownTls = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'downlink', name: 'own-tls' } };
const plainly = 'helm upgrade downlink deploy/chart -n downlink --reuse-values --wait';
const skip = await helmIsMissing();

// Runs helm against an API server. The replicas are processes with the flags of the Deployment.
const plane = await startControlPlane({ withoutControllers: true, apiServerArgs: ['--request-timeout', '6s'] });
await makeServiceAccount(plane.api, 'default', 'default');
const table = createTable();

describe(`certificates by helm on Kubernetes ${plane.gitVersion}`, { skip }, () => {
  let balancer: Balancer;
  let nodes: Nodes;
  let certManager: { readonly stop: () => Promise<void> };
  let shell: Shell;
  let authority: PemPair;
  before(async () => {
    balancer = await startBalancer();
    certManager = await startCertManager(plane);
    nodes = startNodes(plane, balancer);
    shell = await openShell(plane, balancer.port);
    authority = await issueAuthority("somebody's own CA", new Date(), 300 * day);
    await writeFile(join(shell.folder, 'ca.crt'), authority.certificate);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    // before Kubernetes 1.30, the chart selects only namespaces with a label
    accepted(await plane.api.patch(namespace, { metadata: { labels: { 'downlink.dev/enabled': 'true' } } }));
    await shell.run('helm install downlink deploy/chart -n downlink --create-namespace --wait');
    const pair = await issueCertificate(authority, [host, '127.0.0.1'], new Date(), 30 * day);
    const data = { 'tls.crt': caBundle(pair.certificate), 'tls.key': caBundle(pair.privateKey) };
    accepted(await plane.api.create({ ...ownTls, type: 'kubernetes.io/tls', data }));
    await isInjected();
  });
  after(async () => {
    table.print();
    await nodes.stop();
    await certManager.stop();
    await balancer.stop();
    await plane.stop();
  });

  const isInjected = () =>
    eventually(async () => {
      accepted(await plane.api.create(podWith('default', 'first', { 'downlink.dev/env': 'pod' }), { dryRun: 'All' }));
    });
  const bundles = async (name: string) => {
    const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
    const read = async (kind: string) => {
      const configuration = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name } };
      type Webhooks = KubernetesObject & { webhooks: readonly { clientConfig: { caBundle?: string } }[] };
      const { webhooks } = accepted<Webhooks>(await plane.api.get(configuration));
      return webhooks.map(({ clientConfig }) => clientConfig.caBundle);
    };
    return [...new Set((await Promise.all(kinds.map(read))).flat())];
  };
  const authorityIn = async (secret: string) => {
    const answer = await plane.api.get({ ...ownTls, metadata: { namespace: 'downlink', name: secret } });
    return (answer.body as { data?: Record<string, string> }).data?.['ca.crt'];
  };
  const ownAuthority = () => authorityIn('downlink-certificates');
  /** Creates pods from before the commands until the last old replica has ended. */
  const underLoad = async (what: string, act: () => Promise<void>) => {
    await nodes.settled();
    const load = startLoad(plane.api);
    try {
      await act();
      await nodes.settled();
    } finally {
      const counts = await load.stop();
      table.add(what, counts);
    }
    return load.stop();
  };

  test('another name for the configurations rejects no pod', async () => {
    const counts = await underLoad('another name, self-signed', async () => {
      await shell.run(await documentedCommands('Rename the webhook configurations'));
    });
    assert.equal(counts.failures, 0);
    await eventually(async () => assert.deepEqual(await bundles('zz-downlink'), [await ownAuthority()]));
  });

  test('from self-signed to files rejects no pod', async () => {
    const counts = await underLoad('from self-signed to files', async () => {
      await shell.run(await documentedCommands('From self-signed to files'));
    });
    assert.equal(counts.failures, 0);
    assert.deepEqual(await bundles('zz-downlink'), [caBundle(authority.certificate)]);
  });

  test('another name with files rejects no pod', async () => {
    const counts = await underLoad('another name, files', async () => {
      await shell.run(`${plainly} --set webhook.configurationName=downlink`);
    });
    assert.equal(counts.failures, 0);
    assert.deepEqual(await bundles('downlink'), [caBundle(authority.certificate)]);
  });

  test('from files to self-signed rejects no pod', async () => {
    const counts = await underLoad('from files to self-signed', async () => {
      await shell.run(await documentedCommands('From files to self-signed'));
    });
    assert.equal(counts.failures, 0);
    await eventually(async () => assert.deepEqual(await bundles('downlink'), [await ownAuthority()]));
  });

  const modes = {
    files: () => Promise.resolve(caBundle(authority.certificate)),
    'self-signed': () => authorityIn('downlink-certificates'),
    'cert-manager': () => authorityIn('downlink-tls'),
  } as const;
  // cert-manager is a stand-in with the features that the chart needs
  for (const { from, heading, keeps } of [
    { from: 'self-signed to cert-manager', heading: 'To cert-manager', keeps: 'cert-manager' },
    { from: 'cert-manager to self-signed', heading: 'From cert-manager to self-signed', keeps: 'self-signed' },
    { from: 'self-signed to files', heading: 'From self-signed to files', keeps: 'files' },
    { from: 'files to cert-manager', heading: 'To cert-manager', keeps: 'cert-manager' },
    { from: 'cert-manager to files', heading: 'From cert-manager to files', keeps: 'files' },
    { from: 'files to self-signed', heading: 'From files to self-signed', keeps: 'self-signed' },
  ] as const) {
    test(`from ${from} rejects no pod`, async () => {
      const counts = await underLoad(`from ${from}`, async () => {
        await shell.run(await documentedCommands(heading));
      });
      assert.equal(counts.failures, 0);
      await eventually(async () => assert.deepEqual(await bundles('downlink'), [await modes[keeps]()]));
    });

    if (from === 'files to cert-manager')
      test('another name with cert-manager, and back, rejects no pod', async () => {
        const counts = await underLoad('another name, cert-manager', async () => {
          for (const name of ['zz-downlink', 'downlink'])
            await shell.run(`${plainly} --set webhook.configurationName=${name}`);
        });
        assert.equal(counts.failures, 0);
        assert.deepEqual(await bundles('downlink'), [await modes['cert-manager']()]);
      });
  }

  // without the documented preparation
  test('from self-signed to files without preparation rejects pods only until the last old replica has ended', async () => {
    const counts = await underLoad('from self-signed to files, unprepared', async () => {
      const files = '--set certificates.mode=files --set certificates.secretName=own-tls';
      await shell.run(`${plainly} ${files} --set certificates.caBundle="$(base64 < ca.crt | tr -d '\\n')"`);
    });
    await isInjected();
    assert.equal(counts.uninjected, 0);
    assert.deepEqual(await bundles('downlink'), [caBundle(authority.certificate)]);
  });

  test('from files to self-signed without preparation rejects pods only until the first new replica is ready', async () => {
    const counts = await underLoad('from files to self-signed, unprepared', async () => {
      const selfSigned = '--set certificates.mode=self-signed --set certificates.secretName=';
      await shell.run(`${plainly} ${selfSigned} --set certificates.caBundle=`);
    });
    await isInjected();
    assert.equal(counts.uninjected, 0);
    await eventually(async () => assert.deepEqual(await bundles('downlink'), [await ownAuthority()]));
  });

  test('to self-signed with the name of an existing Secret leaves that Secret unchanged', async () => {
    const files = '--set certificates.mode=files --set certificates.secretName=own-tls';
    await shell.run(`${plainly} ${files} --set certificates.caBundle="$(base64 < ca.crt | tr -d '\\n')"`);
    const before = accepted(await plane.api.get(ownTls));
    const counts = await underLoad("to self-signed with somebody else's Secret, and back", async () => {
      const failing = shell.run(`${plainly} --set certificates.mode=self-signed --timeout 5s`);
      await assert.rejects(failing, /deadline exceeded|not ready|timed out/i);
      await shell.run(`${plainly} ${files}`);
    });
    assert.equal(counts.failures, 0);
    assert.ok(nodes.log.some(({ error }) => /the Secret own-tls belongs to somebody else/.test(String(error))));
    assert.deepEqual(accepted(await plane.api.get(ownTls)), before);
    await shell.run(await documentedCommands('From files to self-signed'));
  });

  test('a revoked CA is not in caBundle, and pods are rejected only while no replica is ready', async () => {
    const old = await ownAuthority();
    const counts = await underLoad('the CA revoked', async () => {
      await shell.run(await documentedCommands('Revoke the CA of self-signed certificates'));
    });
    await isInjected();
    const revoked = await ownAuthority();
    assert.notEqual(revoked, old);
    await eventually(async () => assert.deepEqual(await bundles('downlink'), [revoked]));
    assert.equal(counts.uninjected, 0);
  });

  for (const { tool, isAtomic } of [
    { tool: 'kubectl apply --server-side', isAtomic: true },
    // it removes fields that it has applied before, even if somebody else has changed them
    { tool: 'kubectl apply', isAtomic: false },
  ])
    test(`the same values with ${tool} reject ${isAtomic ? 'no pod' : 'a few pods at most'}`, async () => {
      await shell.run('helm uninstall downlink -n downlink --wait');
      const { major, minor } = plane.version;
      const deploy = async (values: string) => {
        const rendered = `helm template downlink deploy/chart -n downlink --kube-version ${major}.${minor} ${values}`;
        const rollout = 'kubectl -n downlink rollout status deployment/downlink --timeout=60s';
        await shell.run(`${rendered} | ${tool} -f - && ${rollout}`);
        await nodes.settled();
      };
      await deploy('');
      await isInjected();
      const authorities = Buffer.from((await ownAuthority()) ?? '', 'base64').toString() + authority.certificate;
      const [both, theirs] = [caBundle(authorities), caBundle(authority.certificate)];
      const files = '--set certificates.mode=files --set certificates.secretName=own-tls';
      const counts = await underLoad(`there and back by ${tool}`, async () => {
        await deploy(`${files} --set certificates.caBundle=${both}`);
        await deploy(`${files} --set certificates.caBundle=${theirs}`);
        await deploy(`--set certificates.caBundle=${theirs}`);
        await deploy('');
      });
      assert.equal(counts.uninjected, 0);
      if (isAtomic) assert.equal(counts.failures, 0);
      await eventually(async () => assert.deepEqual(await bundles('downlink'), [await ownAuthority()]));
      const everything = `helm template downlink deploy/chart -n downlink --kube-version ${major}.${minor}`;
      await shell.run(`${everything} | kubectl delete --ignore-not-found -f - `);
      await shell.run('helm install downlink deploy/chart -n downlink --wait');
    });
});
