import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { only } from '../support/manifests.ts';
import { certManager, files, render, set, skip } from './render-chart.ts';

describe('the admission policy', { skip }, () => {
  test('restricts the service account of the pods to its Secret and its Deployment', async () => {
    const manifests = await render(...set('certificates.secretName=own'));
    const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    const bindings = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    assert.deepEqual(
      bindings.map(({ spec }) => spec),
      policies.map(({ metadata }) => ({ policyName: metadata.name, validationActions: ['Deny'] })),
    );
    const { name, namespace: accountNamespace } = only(manifests, 'ServiceAccount').metadata;
    for (const { spec } of policies) {
      const [{ expression }] = spec.matchConditions;
      assert.equal(expression, `request.userInfo.username == 'system:serviceaccount:${accountNamespace}:${name}'`);
      assert.equal(spec.failurePolicy, 'Fail');
    }
    const ofSecrets = JSON.stringify(policies.find(({ metadata }) => metadata.name.endsWith('-secrets')));
    assert.match(ofSecrets, /object\.metadata\.name == 'own'/);
    assert.match(ofSecrets, new RegExp(`owner\\.name == '${only(manifests, 'Deployment').metadata.name}'`));
  });

  for (const [why, args] of [
    ['if it is disabled', set('admissionPolicy.enabled=false')],
    ['before Kubernetes 1.30, which does not support it', ['--kube-version', '1.29']],
    ['with cert-manager, because the service account has no permissions', certManager],
    ['with files, because the service account has no permissions', files],
  ] as const)
    test(`is left out ${why}`, async () => {
      assert.ok((await render(...args)).every(({ kind }) => !/^ValidatingAdmissionPolicy/.test(kind)));
    });
});
