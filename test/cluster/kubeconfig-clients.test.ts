import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { kubeconfigText } from '../../src/injection/ambassador/ambassador-kubeconfig.ts';
import { proxyArgs } from '../../src/injection/ambassador/kubectl-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeApiServer, startApiServer } from '../support/fake-api-server.ts';
import { findBinaries } from './binaries.ts';
import { type Background, freePorts, removeAtExit, startProcess } from './processes.ts';

// Tests that clients in several languages, with nothing but KUBECONFIG, list pods of their namespace through `kubectl proxy`.
const run = promisify(execFile);
const { kubectl } = await findBinaries();
assert.ok(kubectl !== undefined, 'no kubectl in KUBEBUILDER_ASSETS and none on PATH');
const folder = await mkdtemp(join(tmpdir(), 'downlink-kubeconfig-'));
removeAtExit(folder);
const kubeconfig = join(folder, 'kubeconfig');
const environment = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig };

const pods = {
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1' },
  items: [{ metadata: { name: 'shop-0', namespace: 'shop' }, spec: { containers: [] }, status: {} }],
};
const answers: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '36', gitVersion: 'v1.36.2' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] }],
  },
  '/api/v1/namespaces/shop/pods': pods,
};

const hasPython = await run('python3', ['-c', 'import kubernetes']).then(
  () => true,
  () => false,
);

describe('through the ambassador, with nothing but KUBECONFIG,', () => {
  let apiServer: FakeApiServer;
  let proxy: Background;
  before(async () => {
    apiServer = await startApiServer((path) => {
      const body = answers[path.split('?')[0] ?? ''];
      return body === undefined ? { code: 404, body: { kind: 'Status', code: 404 } } : { code: 200, body };
    });
    const [port = 0] = await freePorts(1);
    await writeFile(kubeconfig, kubeconfigText(port, 'shop'));
    const args = [`--server=${apiServer.url}`, '--kubeconfig=/dev/null', ...proxyArgs(port, ['read-only'], 'shop')];
    proxy = startProcess(kubectl ?? '', args, join(folder, 'proxy.log'));
    await eventually(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined);
      assert.equal(response?.status, 200, 'the proxy does not answer');
    });
  });
  after(async () => {
    await proxy.stop();
    await apiServer.close();
  });

  test('kubectl, which uses client-go, lists the pods of its namespace', async () => {
    const { stdout } = await run(kubectl ?? '', ['get', 'pods', '--output=name'], { env: environment });
    assert.equal(stdout, 'pod/shop-0\n');
  });

  test("@kubernetes/client-node's loadFromDefault lists the pods of its namespace", async () => {
    const script = `
      import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
      const config = new KubeConfig();
      config.loadFromDefault();
      const namespace = config.getContextObject(config.getCurrentContext()).namespace;
      const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
      console.log(items.map(({ metadata }) => metadata.name).join());`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env: environment });
    assert.equal(stdout, 'shop-0\n');
  });

  test("Python's client lists the pods of its namespace", {
    skip: !hasPython && 'python3-kubernetes is missing',
  }, async () => {
    const script = `
from kubernetes import client, config
config.load_kube_config()
_, active = config.list_kube_config_contexts()
pods = client.CoreV1Api().list_namespaced_pod(active["context"]["namespace"])
print(",".join(pod.metadata.name for pod in pods.items))`;
    const { stdout } = await run('python3', ['-c', script], { env: { ...process.env, ...environment } });
    assert.equal(stdout, 'shop-0\n');
  });
});
