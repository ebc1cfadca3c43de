import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { kubectl, tryKubectl } from '../kubectl.ts';
import { podWith } from '../pods.ts';
import { namespace, release } from '../settings.ts';

const inNamespace = ['--namespace', namespace];
const path = 'spec.template.metadata.annotations';

/** Tests the warnings of the validating webhook of the release. */
export function warningsTests(): void {
  describe('workload warnings', () => {
    test('kubectl apply of a Deployment with mistakes prints why its pods will be denied, and succeeds', async (t) => {
      const faulty = deployment('faulty', { 'downlink.dev/env': 'POD=metadata.nam' });
      // a replica sets caBundle of this configuration after that for pods, with which it becomes ready
      await eventually(async () => {
        const { stderr } = await tryKubectl([...inNamespace, 'apply', '--dry-run=server', '-f', '-'], faulty);
        assert.match(stderr, /downlink:/, 'nothing is warned of');
      });
      const { exitCode, stdout, stderr } = await tryKubectl([...inNamespace, 'apply', '-f', '-'], faulty);
      assert.equal(exitCode, 0, stderr);
      assert.equal(stdout, 'deployment.apps/faulty created\n');
      assert.equal(
        stderr,
        `Warning: downlink: Deployment/faulty: ${path}[downlink.dev/env]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?\n`,
      );
      t.diagnostic(stderr);
      // the same messages in the events, where users would otherwise have to look
      const refused = await eventually(async () => {
        const selector = '--field-selector=reason=FailedCreate,involvedObject.kind=ReplicaSet';
        const messages = await kubectl([...inNamespace, 'get', 'events', selector, '-o=jsonpath={.items[*].message}']);
        assert.notEqual(messages, '', 'no pod is refused');
        return messages;
      });
      assert.ok(refused.includes(stderr.slice(stderr.indexOf('metadata.annotations[')).trim()), refused);
      await kubectl([...inNamespace, 'delete', 'deployment', 'faulty']);
    });

    test('a fixed Deployment causes none, and one with misplaced annotations does', async () => {
      const right = deployment('right', { 'downlink.dev/env': 'pod' });
      const silent = await tryKubectl([...inNamespace, 'apply', '--dry-run=server', '-f', '-'], right);
      assert.deepEqual([silent.exitCode, silent.stderr], [0, '']);
      const bare = deployment('right', {});
      const misplaced = { ...bare, metadata: { ...bare.metadata, annotations: { 'downlink.dev/env': 'pod' } } };
      const told = await tryKubectl([...inNamespace, 'apply', '--dry-run=server', '-f', '-'], misplaced);
      assert.equal(
        told.stderr,
        `Warning: downlink: Deployment/right: metadata.annotations[downlink.dev/env]: it has no effect here; move it to ${path}\n`,
      );
      assert.equal(told.exitCode, 0);
    });

    test('both configurations have the same caBundle', async () => {
      const bundle = '-o=jsonpath={.webhooks[*].clientConfig.caBundle}';
      const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'];
      const bundles = await Promise.all(kinds.map((kind) => kubectl(['get', kind, release, bundle])));
      const all = bundles.flatMap((text) => text.split(' '));
      assert.equal(all.length, 3);
      assert.equal(new Set(all).size, 1);
    });
  });
}

function deployment(name: string, annotations: Readonly<Record<string, string>>) {
  const labels = { app: name };
  const { spec } = podWith('', {}, 'sleep 99999');
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec } },
  };
}
