import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { KubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import { skipBefore } from '../../cluster/versions.ts';
import { grantRights } from '../ambassador-rbac.ts';
import { create, kubectl, tryKubectl } from '../kubectl.ts';
import { examplePod, execute, fetchIn, logs, podWith, started } from '../pods.ts';
import { images, namespace, otherNamespace } from '../settings.ts';

const proxy = 'http://127.0.0.1:8001';
const ownPods = `${proxy}/api/v1/namespaces/${namespace}/pods`;
const otherPods = `${proxy}/api/v1/namespaces/${otherNamespace}/pods`;
const secrets = `${proxy}/api/v1/namespaces/${namespace}/secrets`;
const everySecret = `${proxy}/api/v1/namespaces/%2Fsecrets`; // an API server answers with those of all namespaces
const configMaps = `${proxy}/api/v1/namespaces/${namespace}/configmaps`;
const token = '/var/run/secrets/kubernetes.io/serviceaccount';

const readOnly = 'curl-with-ambassador'; // of ambassador.yaml: the default access
const restrained = 'downward-all'; // of all.yaml: read-only, own-namespace, no-secrets
const unrestrained = 'full-access';

/** Tests what an application can do through its ambassador. RBAC allows all these pods the same. */
export function ambassadorTests(version: KubernetesVersion): void {
  const needsSidecars = { skip: skipBefore(version, 1, 29, 'native sidecars') };
  describe('ambassador', () => {
    before(async () => {
      await grantRights();
      const full = { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-access': 'full' };
      const pods = [await examplePod('ambassador.yaml'), await examplePod('all.yaml')];
      await create(namespace, ...pods, podWith(unrestrained, full, 'sleep 99999'));
      await started(readOnly, restrained, unrestrained);
    });

    test('of ambassador.yaml answers at 127.0.0.1:8001 with the paths of the API server', async () => {
      const { code, body } = await fetchIn(readOnly, proxy);
      assert.equal(code, 200);
      const { paths } = JSON.parse(body);
      for (const path of ['/api/v1', '/apis/apps/v1', '/version']) assert.ok(paths.includes(path), body);
    });

    test('of all.yaml returns the pod to its application, which has no token', async () => {
      const { exitCode, stderr } = await tryKubectl([
        ...['-n', namespace, 'exec', restrained, '--container=main', '--', 'ls', token],
      ]);
      assert.notEqual(exitCode, 0);
      assert.match(stderr, /No such file or directory/);
      const { body } = await fetchIn(restrained, `${ownPods}/${restrained}`);
      assert.equal(JSON.parse(body).metadata.name, restrained);
      assert.match(await logs(restrained), new RegExp(`^    "name": "${restrained}",$`, 'm')); // from its own command
    });

    test('of all.yaml runs next to variables and files', async () => {
      assert.match(await execute(restrained, 'env'), /^APP=shop$/m);
      assert.equal(await execute(restrained, 'cat', '/etc/downward/labels'), 'app="shop"');
    });

    const write = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'written-' } };
    for (const [pod, what, code, url, body] of [
      [readOnly, 'may list pods', 200, ownPods],
      [readOnly, 'may list pods of another namespace', 200, otherPods],
      [readOnly, 'may list secrets', 200, secrets],
      [readOnly, 'may not write', 403, configMaps, write],
      [restrained, 'may list pods', 200, ownPods],
      [restrained, 'may not list pods of another namespace', 403, otherPods],
      [restrained, 'may not list secrets', 403, secrets],
      [restrained, 'may not list secrets by an empty element', 403, everySecret],
      [readOnly, 'may not use an empty element', 403, `${proxy}/api/v1/namespaces/%2Fpods`],
      [restrained, 'may not write', 403, configMaps, write],
      [restrained, 'may ask for the version', 200, `${proxy}/version`],
      [unrestrained, 'may list pods of another namespace', 200, otherPods],
      [unrestrained, 'may list secrets', 200, secrets],
      [unrestrained, 'may list secrets by an empty element', 200, everySecret],
      [unrestrained, 'may write', 200, configMaps, write],
    ] as const) {
      test(`${pod} ${what}`, async () => {
        const answer = await fetchIn(pod, url, body);
        assert.equal(answer.code, code, answer.body);
      });
    }

    test('serves a client that has nothing but KUBECONFIG', needsSidecars, async () => {
      const annotations = {
        'downlink.dev/ambassador': 'true',
        'downlink.dev/ambassador-port': '8090',
        'downlink.dev/ambassador-sidecar': 'native', // it answers before the client starts, which does not retry
        'downlink.dev/ambassador-kubeconfig': 'true',
      };
      const name = 'lists-pods';
      const image = images.ambassador ?? 'registry.k8s.io/kubectl:v1.36.2'; // has no shell
      const client = { name: 'main', image, command: ['kubectl', 'get', 'pods', '--output=name'] };
      const spec = { automountServiceAccountToken: false, restartPolicy: 'Never', containers: [client] };
      await create(namespace, podWith(name, annotations, '', spec));
      const ended = '--for=jsonpath={.status.phase}=Succeeded';
      const { exitCode, stderr } = await tryKubectl(['-n', namespace, 'wait', ended, `pod/${name}`, '--timeout=120s']);
      const log = await logs(name);
      assert.equal(exitCode, 0, `${stderr}${log}`);
      assert.match(log, new RegExp(`^pod/${name}$`, 'm')); // in the namespace of the pod, which only the kubeconfig names
    });

    test('lets a Job complete as a native sidecar', needsSidecars, async () => {
      const annotations = {
        'downlink.dev/env': 'pod',
        'downlink.dev/ambassador': 'true',
        'downlink.dev/ambassador-sidecar': 'native',
      };
      const ask = `wget -q -O - ${ownPods}/$POD_NAME`; // without waiting, because the sidecar has started
      const { metadata, spec } = podWith('', annotations, ask, { restartPolicy: 'Never' });
      const template = { metadata: { annotations: metadata.annotations }, spec };
      const job = {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'asks' },
        spec: { backoffLimit: 0, template },
      };
      await create(namespace, job);
      await kubectl(['-n', namespace, 'wait', '--for=condition=Complete', 'job/asks', '--timeout=120s']);
      assert.match(JSON.parse(await logs('job/asks')).metadata.name, /^asks-/);
    });
  });
}
