import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flagsOf, type Manifest, only } from '../support/manifests.ts';
import { certManager, files, render, set, skip } from './render-chart.ts';

describe('the RBAC rules', { skip }, () => {
  const rulesOf = (manifests: readonly Manifest[], kind: string) => only(manifests, kind).rules;

  test('of self-signed certificates cover one Secret, the Deployment and the webhook configurations, by name', async () => {
    const manifests = await render(...set('webhook.configurationName=zz-downlink', 'certificates.secretName=own'));
    assert.deepEqual(rulesOf(manifests, 'Role'), [
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['own'],
        verbs: ['get', 'watch', 'update'],
      },
      { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['downlink'], verbs: ['get'] },
    ]);
    const configurations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map((resource) => ({
      apiGroups: ['admissionregistration.k8s.io'],
      resources: [resource],
      resourceNames: ['zz-downlink'],
      verbs: ['get', 'watch', 'patch'],
    }));
    assert.deepEqual(rulesOf(manifests, 'ClusterRole'), configurations);
  });

  test('are bound to the service account of the pods, for the objects that the flags of the server name', async () => {
    const manifests = await render();
    const account = only(manifests, 'ServiceAccount').metadata;
    for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
      const { roleRef, subjects } = only(manifests, kind);
      assert.equal(roleRef.name, only(manifests, roleRef.kind).metadata.name);
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }]);
    }
    const deployment = only(manifests, 'Deployment');
    assert.equal(deployment.spec.template.spec.serviceAccountName, account.name);
    const flags = Object.fromEntries(flagsOf(deployment.spec.template.spec.containers[0]));
    const [, secret, owner] = rulesOf(manifests, 'Role');
    assert.deepEqual(secret.resourceNames, [flags['certificate-secret']]);
    assert.deepEqual(owner.resourceNames, [flags['deployment-name']]);
    assert.equal(flags['deployment-name'], deployment.metadata.name);
    assert.equal(flags['service-name'], only(manifests, 'Service').metadata.name);
    const configuration = only(manifests, 'MutatingWebhookConfiguration').metadata.name;
    assert.equal(flags['webhook-configuration'], configuration);
    const validating = only(manifests, 'ValidatingWebhookConfiguration').metadata.name;
    assert.equal(flags['validating-webhook-configuration'], validating);
    assert.deepEqual(
      rulesOf(manifests, 'ClusterRole').map(({ resourceNames }: Manifest) => resourceNames),
      [[configuration], [validating]],
    );
  });

  for (const [name, args] of [
    ['cert-manager', certManager],
    ['files', files],
  ] as const)
    test(`of certificates from ${name} are empty`, async () => {
      const kinds = (await render(...args)).map(({ kind }) => kind);
      assert.deepEqual(
        kinds.filter((kind) => /Role/.test(kind)),
        [],
      );
    });
});
