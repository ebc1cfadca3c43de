import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { helm } from '../../deploy/helm.ts';
import { chart } from '../../deploy/render.ts';
import { type Manifest, only, parseManifests, restrictedViolations, selects } from '../support/manifests.ts';
import { namespace, set, skip } from './render-chart.ts';

async function renderWithTests(...values: readonly string[]): Promise<readonly Manifest[]> {
  return parseManifests(await helm('template', 'downlink', chart, '-n', namespace, ...set(...values)));
}

// test/e2e runs `helm test`
describe('helm test', { skip }, () => {
  let manifests: readonly Manifest[];
  let hooks: readonly Manifest[];
  before(async () => {
    manifests = await renderWithTests('helmTest.namespace=shop', 'image.pullSecrets[0].name=regcred');
    hooks = manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'test');
  });

  test('has a service account that may only create pods, only in one namespace, and only during the test', () => {
    assert.deepEqual(
      hooks.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`),
      [`ServiceAccount ${namespace}`, 'Role shop', 'RoleBinding shop', `Pod ${namespace}`],
    );
    const [account, role, binding, pod] = hooks;
    assert.deepEqual(role.rules, [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }]);
    const { name } = account.metadata;
    assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name, namespace }]);
    assert.equal(pod.spec.serviceAccountName, name);
    for (const { metadata } of [account, role, binding])
      assert.match(metadata.annotations['helm.sh/hook-delete-policy'], /hook-succeeded,hook-failed/);
  });

  test('runs the script with the image and the pull secrets of the webhook, in a restricted pod', async () => {
    const { spec } = only(hooks, 'Pod');
    const template = only(manifests, 'Deployment').spec.template.spec;
    const [container] = spec.containers;
    assert.equal(container.image, template.containers[0].image);
    assert.deepEqual(spec.imagePullSecrets, template.imagePullSecrets);
    assert.deepEqual(restrictedViolations(spec), []);
    const script = await readFile(join(chart, 'files/injection-test.mjs'), 'utf8');
    assert.equal(container.args.at(-1).trim(), script.trim());
    assert.doesNotMatch(script, /\$\(/, 'the kubelet would expand it');
  });

  test('has a pod that no selector of the chart selects', () => {
    const { labels } = only(hooks, 'Pod').metadata;
    assert.ok(!selects({ matchLabels: only(manifests, 'Service').spec.selector }, labels));
    assert.ok(!selects(only(manifests, 'Deployment').spec.selector, labels));
  });

  test('has a pod with the labels and annotations of the user, which can disable the sidecar of a mesh', async () => {
    const { metadata } = only(await renderWithTests('podLabels.mesh=off', 'podAnnotations.inject=no'), 'Pod');
    assert.deepEqual([metadata.labels.mesh, metadata.annotations.inject], ['off', 'no']);
    assert.equal(metadata.labels['app.kubernetes.io/name'], 'downlink-test');
    assert.equal(metadata.annotations['helm.sh/hook'], 'test');
  });

  test('can be disabled', async () => {
    const rest = await renderWithTests('helmTest.enabled=false');
    assert.ok(rest.every(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined));
  });
});
