import assert from 'node:assert/strict';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { connectApi } from '../../cluster/api.ts';
import { startLoad } from '../../cluster/faults/load.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { type Background, removeAtExit, startProcess } from '../../cluster/processes.ts';
import { eventually } from '../../support/eventually.ts';
import { deploy, uninstall } from '../helm.ts';
import { create, kubectl } from '../kubectl.ts';
import { podWith } from '../pods.ts';
import { certManager, namespace, release } from '../settings.ts';

// a kubelet takes up to 90 seconds to update a mounted Secret: certificates with a shorter lifetime would expire before
const lifetime = { 'certificates.certManager.duration': '5m0s', 'certificates.certManager.renewBefore': '4m0s' };
const renewals = 2; // by every replica
const patience = 8 * 60_000; // milliseconds for all renewals

/** Tests the mode in which cert-manager issues the certificates and sets caBundle. */
export function certManagerTests(): void {
  const skip = certManager === undefined && 'CERT_MANAGER names no folder that test/kubernetes/build.ts has filled';
  describe('certificates.mode=cert-manager', { skip }, () => {
    let controllers: Background;
    before(async () => {
      await uninstall(); // in case the previous tests were skipped
      controllers = await startCertManager(certManager ?? '');
      await deploy('install', ['--create-namespace'], { 'certificates.mode': 'cert-manager', ...lifetime });
    });
    after(async () => {
      await uninstall();
      await controllers.stop();
      // objects that an uninstall leaves
      await kubectl(['-n', release, 'delete', 'secrets', `${release}-ca`, `${release}-tls`, '--ignore-not-found']);
      await kubectl(['-n', release, 'wait', '--for=delete', 'pods', '--all', '--timeout=120s']);
      await kubectl(['delete', '--ignore-not-found', '-f', join(certManager ?? '', 'crds')]);
    });

    test('issues certificates, sets caBundle, and injects a pod', async () => {
      const [pod] = await create<Pod>(namespace, podWith('cert-manager', { 'downlink.dev/env': 'pod' }, 'true'));
      assert.ok(pod && variables(containerNamed(pod, 'main')).includes('POD_NAME'), 'the pod is not injected');
      const ready = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
      assert.equal(await kubectl(['-n', release, 'get', 'certificate', release, ready]), 'True');
    });

    test('rejects no pod while the serving certificate is renewed', { timeout: patience }, async (t) => {
      const api = await connectAsAdministrator();
      const load = startLoad(api, { burst: 1, atMost: (patience / 1000) * 5 });
      const seen = await eventually(async () => {
        assert.equal(controllers.ended(), undefined);
        const counts = await newCertificates();
        assert.ok(counts.length === 2 && counts.every((count) => count >= renewals), `renewals seen: ${counts}`);
        return counts;
      }, patience);
      const { requests, failures, uninjected, causes } = await load.stop();
      api.close();
      t.diagnostic(`${requests} pods while the replicas changed their certificate ${seen.join(' and ')} times`);
      assert.deepEqual({ failures, uninjected, causes }, { failures: 0, uninjected: 0, causes: {} });
    });
  });
}

/** Starts the controllers of cert-manager on this machine. */
async function startCertManager(folder: string): Promise<Background> {
  const crds = join(folder, 'crds');
  await kubectl(['apply', '--server-side', '-f', crds]);
  const names = (await readdir(crds)).filter((file) => file.endsWith('.yaml'));
  assert.ok(names.includes('cert-manager.io_certificates.yaml'), `${crds} holds ${names}`);
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', crds]);
  const logs = await mkdtemp(join(tmpdir(), 'downlink-cert-manager-'));
  removeAtExit(logs);
  return startProcess(join(folder, 'cert-manager'), [process.env['KUBECONFIG'] ?? ''], join(logs, 'log'));
}

/** Returns how many new certificates each replica has adopted. */
async function newCertificates(): Promise<readonly number[]> {
  const pods = await kubectl(['-n', release, 'get', 'pods', '-l=app.kubernetes.io/name=downlink', '-o=name']);
  return Promise.all(
    pods
      .trim()
      .split('\n')
      .map(async (pod) => {
        const logged = await kubectl(['-n', release, 'logs', pod, '--tail=-1']);
        return logged.split('\n').filter((line) => line.includes('"serving a new certificate"')).length;
      }),
  );
}

/** Returns a client with the credentials in the kubeconfig, which are inline or in files. */
async function connectAsAdministrator() {
  const text = await kubectl(['config', 'view', '--raw', '--flatten', '--minify', '--output=json']);
  const { clusters, users } = JSON.parse(text);
  const decode = (base64: string) => Buffer.from(base64, 'base64').toString();
  const [{ cluster }, { user }] = [clusters[0], users[0]];
  return connectApi(cluster.server, {
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  });
}
