import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configurationAnnotations } from '../../src/certificates/webhook-configuration.ts';
import { flagsOf, only } from '../support/manifests.ts';
import { certManager, files, namespace, render, set, skip } from './render-chart.ts';

const pem = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');

describe('the certificates', { skip }, () => {
  test('from cert-manager are for the Service, are mounted from their Secret, and their CA is injected into the webhooks', async () => {
    const manifests = await render(...certManager);
    const certificates = manifests.filter(({ kind }) => kind === 'Certificate');
    const issuers = manifests.filter(({ kind }) => kind === 'Issuer');
    const [leaf] = certificates.filter(({ spec }) => !spec.isCA);
    const [authority] = certificates.filter(({ spec }) => spec.isCA);
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
      const { metadata } = only(manifests, kind);
      assert.equal(metadata.annotations['cert-manager.io/inject-ca-from'], `${namespace}/${leaf.metadata.name}`);
    }
    assert.deepEqual(leaf.spec.dnsNames, [`${only(manifests, 'Service').metadata.name}.${namespace}.svc`]);
    const pod = only(manifests, 'Deployment').spec.template.spec;
    assert.equal(pod.volumes[0].secret.secretName, leaf.spec.secretName);
    const flags = Object.fromEntries(flagsOf(pod.containers[0]));
    assert.equal(flags['certificate-mode'], 'files');
    const { mountPath } = pod.containers[0].volumeMounts[0];
    assert.deepEqual(
      [flags['tls-cert-file'], flags['tls-private-key-file']],
      [`${mountPath}/tls.crt`, `${mountPath}/tls.key`],
    );
    const issuer = issuers.find(({ metadata }) => metadata.name === leaf.spec.issuerRef.name);
    assert.equal(issuer.spec.ca.secretName, authority.spec.secretName);
    const root = issuers.find(({ metadata }) => metadata.name === authority.spec.issuerRef.name);
    assert.deepEqual(root.spec, { selfSigned: {} });
  });

  test('from an issuer of the user come without a CA of the chart', async () => {
    const issuer = set(
      'certificates.certManager.issuerRef.name=corp',
      'certificates.certManager.issuerRef.kind=ClusterIssuer',
    );
    const manifests = await render(...certManager, ...issuer);
    const expected = { name: 'corp', kind: 'ClusterIssuer', group: 'cert-manager.io' };
    assert.deepEqual(only(manifests, 'Certificate').spec.issuerRef, expected);
    assert.ok(manifests.every(({ kind }) => kind !== 'Issuer'));
  });

  test('from files have the caBundle of the user', async () => {
    const manifests = await render(...files, ...set(`certificates.caBundle=${pem}`));
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
      for (const { clientConfig } of only(manifests, kind).webhooks) assert.equal(clientConfig.caBundle, pem);
    assert.equal(only(manifests, 'Deployment').spec.template.spec.volumes[0].secret.secretName, 'own');
  });

  test('of another mode start with certificates.caBundle, which a self-signing server keeps', async () => {
    for (const args of [[], certManager]) {
      const manifests = await render(...args, ...set(`certificates.caBundle=${pem}`));
      for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
        const { metadata, webhooks } = only(manifests, kind);
        for (const { clientConfig } of webhooks) assert.equal(clientConfig.caBundle, pem);
        const additional = metadata.annotations[configurationAnnotations.additional];
        assert.equal(additional, args === certManager ? undefined : pem);
      }
    }
  });
});
