import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { helm } from '../../../deploy/helm.ts';
import { isAtLeast, type KubernetesVersion } from '../../../src/kubernetes/kubernetes-version.ts';
import type { Pod } from '../../../src/kubernetes/pod.ts';
import { containerNamed, variables } from '../../cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';
import { deploy } from '../helm.ts';
import { kubectl } from '../kubectl.ts';
import { podWith } from '../pods.ts';
import { namespace, otherNamespace, release } from '../settings.ts';

const usual = { 'helmTest.namespace': namespace };

/** Tests the values of the chart that change how the webhook is reached, and `helm test`. */
export function chartOptionsTests(version: KubernetesVersion): void {
  const hasConditions = isAtLeast(version, 1, 30);
  describe('helm test', () => {
    test('succeeds if Downlink injects pods, and leaves nothing', async () => {
      await deploy('upgrade', [], usual);
      const said = await helm('test', release, '--namespace', release, '--logs');
      assert.match(said, new RegExp(`Downlink injects the pods in the namespace ${namespace}`));
      assert.equal(await objectsOfTest(), '');
    });

    test('fails if Downlink does not serve the namespace, and says so', async () => {
      const elsewhere = hasConditions ? 'kube-system' : otherNamespace;
      await deploy('upgrade', [], { 'helmTest.namespace': elsewhere });
      await assert.rejects(helm('test', release, '--namespace', release), { message: /Failed/ });
      const said = await kubectl(['-n', release, 'logs', `pod/${release}-test`]);
      assert.match(
        said,
        new RegExp(`^a pod in the namespace ${elsewhere}: Downlink added nothing: check that it serves`),
      );
    });

    test('fails if the API server rejects the pod, with its reason', async () => {
      await deploy('upgrade', [], usual);
      await kubectl(['-n', namespace, 'create', 'quota', 'none', '--hard=pods=0']);
      try {
        await assert.rejects(helm('test', release, '--namespace', release), { message: /Failed/ });
        const said = await kubectl(['-n', release, 'logs', `pod/${release}-test`]);
        assert.match(said, /: the API server rejected the pod: .*quota: none/);
      } finally {
        await kubectl(['-n', namespace, 'delete', 'quota', 'none']);
        await kubectl(['-n', release, 'delete', 'pod', `${release}-test`]);
      }
    });
  });

  describe('the values of the chart', () => {
    test('webhook.matchConditions keep the API server from sending pods', { skip: !hasConditions }, async () => {
      const values = narrowedTo("request.userInfo.username == 'nobody'");
      await deploy('upgrade', [], values);
      await eventually(async () => assert.ok(!(await isInjected('by-condition'))));
      await deploy('upgrade', []);
      await eventually(async () => assert.ok(await isInjected('without-condition')));
    });

    test('webhook.failurePolicy=Ignore lets pods through while no replica runs', async () => {
      const values = ['--set', 'webhook.failurePolicy=Ignore,webhook.timeoutSeconds=1'];
      await deploy('upgrade', values);
      await kubectl(['-n', release, 'scale', `deployment/${release}`, '--replicas=0']);
      await kubectl(['-n', release, 'wait', '--for=delete', 'pods', '--all', '--timeout=60s']);
      await eventually(async () => assert.ok(!(await isInjected('without-webhook'))));
      await deploy('upgrade', [...values, '--force-conflicts']);
      await eventually(async () => assert.ok(await isInjected('with-webhook')));
    });

    test('hostNetwork serves on the ports of the node, one replica at a time', async () => {
      await kubectl(['label', 'namespace', release, 'pod-security.kubernetes.io/enforce=privileged', '--overwrite']);
      const values = ['--set', 'hostNetwork=true,replicas=1,port=18443,healthPort=18080'];
      await deploy('upgrade', values);
      await deploy('upgrade', values, { 'podAnnotations.note': 'x' }); // the new replica has the ports of the old one
      const selector = '--selector=app.kubernetes.io/name=downlink';
      const { items } = JSON.parse(await kubectl(['-n', release, 'get', 'pods', selector, '-o=json']));
      const running = items.filter(({ metadata }: Pod) => metadata?.annotations?.['note'] === 'x');
      assert.equal(running.length, 1);
      assert.equal(running[0].status.podIP, running[0].status.hostIP);
      assert.ok(await isInjected('host-network'));
      await deploy('upgrade', []);
      await kubectl(['label', 'namespace', release, 'pod-security.kubernetes.io/enforce=restricted', '--overwrite']);
    });
  });
}

function narrowedTo(expression: string): Readonly<Record<string, string>> {
  const condition = 'webhook.matchConditions[0]';
  return { [`${condition}.name`]: 'extra', [`${condition}.expression`]: expression };
}

/** Creates a pod with dryRun, and reports whether Downlink added variables. */
async function isInjected(name: string): Promise<boolean> {
  const dryRun = ['-n', namespace, 'create', '--dry-run=server', '--output=json', '-f', '-'];
  const pod: Pod = JSON.parse(await kubectl(dryRun, podWith(name, { 'downlink.dev/env': 'pod' }, 'true')));
  return variables(containerNamed(pod, 'main')).includes('POD_NAME');
}

/** Returns the names of the objects that exist only during a test. */
async function objectsOfTest(): Promise<string> {
  const label = '--selector=app.kubernetes.io/name=downlink-test';
  return kubectl(['get', 'serviceaccounts,roles,rolebindings,pods', '--all-namespaces', label, '-o=name']);
}
