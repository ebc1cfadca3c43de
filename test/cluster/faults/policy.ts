import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { defaultPolicy as policy } from '../../../src/certificates/renewal-policy.ts';
import { eventually } from '../../support/eventually.ts';
import { type Answer, type Api, accepted, connectApi, type KubernetesObject, objectPath } from '../api.ts';
import { skipBefore } from '../versions.ts';
import type { Installation } from './installation.ts';
import { type Service, startService } from './service.ts';

/** A request that the roles of the service account allow. */
interface Attempt {
  readonly name: string;
  /** Sends the request as a dry run. */
  readonly make: (account: Api) => Promise<Answer>;
  /** The message of the policy. */
  readonly says: RegExp;
}

const dryRun = { dryRun: 'All' };
const owner = (fields: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b', ...fields });

/** Tests that the policies deny what RBAC allows the service account but it does not need. */
export function policyTests(installation: Installation): void {
  const { plane, policies, access, secret } = installation;
  const { api } = plane;
  const skip = skipBefore(plane.version, 1, 30, 'ValidatingAdmissionPolicy');
  describe('the policies for the service account', { skip }, () => {
    let service: Service;
    let account: Api;
    before(async () => {
      account = connectApi(access.server, { ca: access.ca, token: await access.token() });
      service = await startService(installation);
      await service.start({ policy });
      await service.inject(1);
    });
    after(async () => {
      account.close();
      await service.remove();
    });

    test('have no type-checking warnings', async () => {
      if (plane.binaries.controllerManager === undefined) return; // it checks the types
      for (const one of policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy'))
        await eventually(async () => {
          type Checked = KubernetesObject & {
            status?: { observedGeneration?: number; typeChecking?: { expressionWarnings?: unknown } };
          };
          const { status } = accepted<Checked>(await api.get(one));
          assert.equal(status?.observedGeneration, 1);
          assert.equal(status.typeChecking?.expressionWarnings, undefined);
        });
    });

    const attempts = [...onConfigurations(), ...onSecrets(secret)];
    for (const { name, make, says } of attempts)
      test(`deny ${name}`, async () => {
        const { code, body } = await make(account);
        const { message } = body as { message: string };
        assert.equal(code, 403, message);
        assert.match(message, says);
      });

    test('are the only obstacle: without them each of these requests succeeds or conflicts', async () => {
      const bindings = policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
      for (const binding of bindings) accepted(await api.remove(binding));
      try {
        for (const { name, make } of attempts)
          await eventually(async () => {
            const { code, body } = await make(account);
            assert.ok(code < 300 || code === 409, `${name}: ${code} ${(body as { message: string }).message}`);
          });
      } finally {
        for (const binding of bindings) accepted(await api.create(binding));
        await eventually(async () => assert.equal((await attempts[0]?.make(account))?.code, 403));
      }
    });

    test('allow caBundle, by server-side apply and by patch, and changes of field ownership', async () => {
      const { metadata } = accepted(await api.get(service.mutating));
      const { managedFields } = metadata as { managedFields?: readonly object[] };
      const webhooks = webhooksOf(service.mutating).map(({ name }) => ({ name, clientConfig: { caBundle: 'AAAA' } }));
      const { apiVersion, kind } = service.mutating;
      const applied = { apiVersion, kind, metadata: { name: 'downlink' }, webhooks };
      accepted(await account.apply(applied, 'downlink-ca-bundle', { ...dryRun, force: 'true' }));
      const whole = webhooksOf(accepted(await api.get(service.mutating)));
      const changed = whole.map((one) => ({ ...one, clientConfig: { ...one.clientConfig, caBundle: 'AAAA' } }));
      accepted(await patch(account, service.mutating, { webhooks: changed }));
      accepted(await patch(account, service.mutating, { metadata: { managedFields } }));
    });

    test('allow the Secret as the server creates and renews it, with any metadata that others have added', async () => {
      const metadata = { labels: { team: 'a' }, annotations: { note: 'b' }, finalizers: ['example.com/keep'] };
      const labels = { ...metadata.labels, 'app.kubernetes.io/managed-by': 'downlink' };
      const written = accepted(await api.patch(secret, { metadata }));
      const renewed = { ...written, metadata: { ...written.metadata, labels }, data: { 'tls.crt': 'AAAA' } };
      accepted(await account.request('PUT', objectPath(secret, dryRun), renewed));
      accepted(await api.patch(secret, { metadata: { ...metadata, labels: { team: null }, finalizers: null } }));
    });

    test('do not apply to other users', async () => {
      accepted(await api.patch(service.mutating, { metadata: { labels: { team: 'platform' } } }));
      const other = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'downlink', name: 'other' } };
      accepted(await api.create(other, dryRun));
    });
  });

  function onConfigurations(): readonly Attempt[] {
    const change = (name: string, fields: object | null): Attempt => ({
      name: `to change ${name} of a webhook`,
      make: async (account) => {
        const configuration = configurationOf('MutatingWebhookConfiguration');
        const webhooks = webhooksOf(accepted(await api.get(configuration))).map((one) => ({ ...one, ...fields }));
        return patch(account, configuration, { webhooks });
      },
      says: /change only caBundle in a webhook(?! configuration)/,
    });
    const metadata = (name: string, fields: object): Attempt => ({
      name: `to change ${name} of a configuration`,
      make: (account) => patch(account, configurationOf('ValidatingWebhookConfiguration'), { metadata: fields }),
      says: /change only caBundle in a webhook configuration/,
    });
    const list = (name: string, kind: string, next: (webhooks: readonly Webhook[]) => readonly object[]): Attempt => ({
      name,
      make: async (account) => {
        const configuration = configurationOf(kind);
        return patch(account, configuration, { webhooks: next(webhooksOf(accepted(await api.get(configuration)))) });
      },
      says: /change only caBundle in a webhook/,
    });
    const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], scope: '*' }];
    const service = { namespace: 'default', name: 'other', port: 443 };
    return [
      change('rules', { rules: everything }),
      change('the URL', { clientConfig: { url: 'https://127.0.0.1:1/mutate' } }),
      change('the Service', { clientConfig: { service } }),
      change('failurePolicy', { failurePolicy: 'Ignore' }),
      change('matchPolicy', { matchPolicy: 'Exact' }),
      change('matchConditions', { matchConditions: [] }),
      change('namespaceSelector', { namespaceSelector: {} }),
      change('objectSelector', { objectSelector: {} }),
      change('timeoutSeconds', { timeoutSeconds: 30 }),
      change('reinvocationPolicy', { reinvocationPolicy: 'Never' }),
      change('admissionReviewVersions', { admissionReviewVersions: ['v1', 'v1beta1'] }),
      change('sideEffects', { sideEffects: 'NoneOnDryRun' }),
      change('the name', { name: 'other.downlink.dev' }),
      list('to add a webhook', 'MutatingWebhookConfiguration', (all) => [
        ...all,
        { ...all[0], name: 'b.downlink.dev' },
      ]),
      list('to take the webhooks away', 'MutatingWebhookConfiguration', () => []),
      list('to change the order of webhooks', 'ValidatingWebhookConfiguration', (all) => all.toReversed()),
      metadata('labels', { labels: { team: 'a' } }),
      metadata('annotations', { annotations: { 'webhook.downlink.dev/certificates-mode': 'files' } }),
      metadata('the finalizers', { finalizers: ['example.com/stay'] }),
      metadata('the owners', { ownerReferences: [owner({})] }),
    ];
  }

  function onSecrets({ metadata: { namespace = '', name = '' } }: KubernetesObject): readonly Attempt[] {
    const made = (what: string, says: RegExp, fields: { metadata?: object; [field: string]: unknown }): Attempt => ({
      name: `to create ${what}`,
      make: (account) => {
        const { metadata, ...rest } = fields;
        const object = { apiVersion: 'v1', kind: 'Secret', ...rest, metadata: { namespace, ...metadata } };
        return account.create(object as KubernetesObject, dryRun);
      },
      says,
    });
    const changed = (what: string, says: RegExp, change: object): Attempt => ({
      name: `to give its Secret ${what}`,
      make: async (account) => {
        const existing = accepted(await api.get(secret));
        const next = { ...existing, ...change, metadata: { ...existing.metadata, ...metadataOf(change) } };
        return account.request('PUT', objectPath(secret, dryRun), next);
      },
      says,
    });
    const metadataOf = (change: { metadata?: object }) => change.metadata;
    const token = { 'kubernetes.io/service-account.name': 'default' };
    const tokenType = 'kubernetes.io/service-account-token';
    const [otherName, opaque] = [/write only the Secret downlink-certificates/, /write only Secrets of type Opaque/];
    const [otherField, label, owners] = [
      /only the data, label, and owner/,
      /only the label app/,
      /only the Deployment downlink/,
    ];
    const ours = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'downlink', uid: 'a' };
    return [
      made('another Secret', otherName, { metadata: { name: 'other' } }),
      made('one with a generated name', otherName, { metadata: { generateName: `${name}-` } }),
      made("another service account's token", otherName, {
        metadata: { name: 'token', annotations: token },
        type: tokenType,
      }),
      made("another service account's token by the right name", opaque, {
        metadata: { name, annotations: token },
        type: tokenType,
      }),
      made('its Secret with an annotation', otherField, { metadata: { name, annotations: { a: 'b' } } }),
      made('its Secret with a label', label, { metadata: { name, labels: { team: 'a' } } }),
      made('its Secret with another owner', owners, { metadata: { name, ownerReferences: [owner({})] } }),
      changed('an annotation', otherField, { metadata: { annotations: { a: 'b' } } }),
      changed('a finalizer', otherField, { metadata: { finalizers: ['example.com/stay'] } }),
      changed('immutability', otherField, { immutable: true }),
      changed('a label', label, { metadata: { labels: { team: 'a', 'app.kubernetes.io/managed-by': 'downlink' } } }),
      changed('no label', otherField, { metadata: { labels: {} } }),
      changed('another owner', owners, { metadata: { ownerReferences: [owner({})] } }),
      changed('an owner that its deletion waits for', owners, {
        metadata: { ownerReferences: [{ ...ours, blockOwnerDeletion: true }] },
      }),
      changed('a controller', owners, { metadata: { ownerReferences: [{ ...ours, controller: true }] } }),
    ];
  }
}

interface Webhook {
  readonly name: string;
  readonly clientConfig: object;
}

function webhooksOf(configuration: KubernetesObject): readonly Webhook[] {
  return (configuration as KubernetesObject & { webhooks: readonly Webhook[] }).webhooks;
}

function configurationOf(kind: string): KubernetesObject {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: 'downlink' } };
}

/** Sends a JSON merge patch as a dry run. */
function patch(account: Api, object: KubernetesObject, change: object): Promise<Answer> {
  return account.request('PATCH', objectPath(object, dryRun), change, 'application/merge-patch+json');
}
