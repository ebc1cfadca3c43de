import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Manifest } from '../../support/manifests.ts';
import { caBundle, issueAuthority, issueCertificate } from '../../support/pem-certificates.ts';
import { accepted, objectPath } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';

const day = 24 * 60 * 60 * 1000; // milliseconds
const interval = 100; // milliseconds
const namespace = 'downlink';
const configurations = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map((kind) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: '' },
}));
const ofCertificates = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { namespace } };

/**
 * Starts a stand-in for cert-manager: it issues certificates from one CA into Secrets, and sets caBundle of the configurations
 * whose annotation names a Certificate, by an update as cainjector does.
 */
export async function startCertManager({ api }: ControlPlane): Promise<{ readonly stop: () => Promise<void> }> {
  for (const kind of ['Certificate', 'Issuer']) accepted(await api.create(definitionOf(kind)));
  await eventually(async () => accepted(await api.list(ofCertificates)));
  const authority = await issueAuthority('cert-manager stand-in', new Date(), 3650 * day);
  let stopped = false;

  const issue = async ({ spec: { secretName, dnsNames = [], isCA } }: Manifest) => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secretName } };
    if ((await api.get(secret)).code === 200) return; // of an earlier Certificate
    const names = [...dnsNames, '127.0.0.1']; // the address that the API server calls here
    const pair = isCA ? authority : await issueCertificate(authority, names, new Date(), 90 * day);
    const data = {
      'ca.crt': caBundle(authority.certificate),
      'tls.crt': caBundle(pair.certificate),
      'tls.key': caBundle(pair.privateKey),
    };
    accepted(await api.create({ ...secret, type: 'kubernetes.io/tls', data }));
  };
  const report = async (certificate: Manifest) => {
    if (certificate.status !== undefined) return;
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const path = objectPath(certificate).replace('?', '/status?');
    await api.request('PATCH', path, { status }, 'application/merge-patch+json'); // 404 if it has just been deleted
  };
  const inject = async (configuration: Manifest) => {
    const source = configuration.metadata.annotations?.['cert-manager.io/inject-ca-from'];
    if (source === undefined) return;
    const bundle = caBundle(authority.certificate);
    if (configuration.webhooks.every(({ clientConfig }: Manifest) => clientConfig.caBundle === bundle)) return;
    const webhooks = configuration.webhooks.map((webhook: Manifest) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle: bundle },
    }));
    await api.request('PUT', objectPath(configuration, { fieldManager: 'cainjector' }), { ...configuration, webhooks });
  };
  const itemsOf = async (object: Manifest) => {
    const { items } = accepted<{ items: readonly Manifest[] }>(await api.list(object));
    return items.map((item) => ({ apiVersion: object.apiVersion, kind: object.kind, ...item }));
  };
  const working = (async () => {
    for (; !stopped; await delay(interval)) {
      for (const certificate of await itemsOf(ofCertificates)) {
        await issue(certificate);
        await report(certificate);
      }
      for (const kind of configurations) for (const one of await itemsOf(kind)) await inject(one);
    }
  })();
  return {
    stop: () => {
      stopped = true;
      return working;
    },
  };
}

/** Returns the definition of a custom resource of cert-manager, with arbitrary fields. */
function definitionOf(kind: string) {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = { name: 'v1', served: true, storage: true, schema, subresources: { status: {} } };
  const names = { kind, singular, plural: `${singular}s`, listKind: `${kind}List` };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.cert-manager.io` },
    spec: { group: 'cert-manager.io', scope: 'Namespaced', names, versions: [version] },
  };
}
