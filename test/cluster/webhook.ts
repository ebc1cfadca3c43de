import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isAtLeast, type KubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { eventually } from '../support/eventually.ts';
import { only, parseManifests } from '../support/manifests.ts';
import { type CertificateFolder, startTestServer } from '../support/test-server.ts';
import { type Api, accepted, type KubernetesObject } from './api.ts';
import type { ControlPlane } from './control-plane.ts';
import { podWith } from './pods.ts';

const installManifests = readFileSync(new URL('../../deploy/install.yaml', import.meta.url), 'utf8');

/** The name of the configuration. The API server calls webhooks in the order of these names. */
export const configurationName = 'downlink';
/** The name of the webhook in errors and audit annotations. */
export const webhookName = 'pods.downlink.dev';

/** A review in the log of Downlink. */
export interface LoggedReview {
  readonly namespace: string;
  readonly name: string;
  readonly outcome: string;
}

/** Downlink in this process, registered with the API server. */
export interface Webhook {
  readonly reviews: () => readonly LoggedReview[];
  /** Stops the server. The API server still calls it. */
  readonly stopServer: () => Promise<void>;
  /** Removes the configuration, waits until the API server stops calling the server, and stops it. */
  readonly remove: () => Promise<void>;
}

/** Starts Downlink, registers it by URL, and waits until the API server calls it. */
export async function startWebhook(
  { api, version }: ControlPlane,
  certificates: CertificateFolder,
  flags: Readonly<Record<string, string>>,
): Promise<Webhook> {
  const server = await startTestServer(certificates, flags);
  const reviews = () =>
    server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'review') as LoggedReview[];
  const configuration = podWebhook(
    configurationName,
    webhookName,
    server.port,
    certificates,
    onlyPodsThatOptedIn(version),
  );
  accepted(await api.create(configuration));
  await eventually(async () => {
    await probe(api);
    assert.ok(reviews().length > 0, 'the API server does not call the webhook');
  });
  const stopServer = () => server.stop(0);
  return {
    reviews,
    stopServer,
    remove: async () => {
      accepted(await api.remove(configuration));
      await eventually(async () => {
        const before = reviews().length;
        await probe(api);
        assert.equal(reviews().length, before, 'the API server still calls the webhook');
      });
      await stopServer();
    },
  };
}

/** Returns a configuration that sends the creation of pods to a port of the loopback address. */
export function podWebhook(
  configuration: string,
  webhook: string,
  port: number,
  { authority }: CertificateFolder,
  selection: object,
): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: configuration },
    webhooks: [
      {
        name: webhook,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        timeoutSeconds: 10,
        clientConfig: {
          url: `https://127.0.0.1:${port}/mutate`,
          caBundle: Buffer.from(authority.certificate).toString('base64'),
        },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' }],
        ...selection,
      },
    ],
  };
}

/** Returns the match conditions of install.yaml, if the API server supports them, which select only pods that opt in. */
export function onlyPodsThatOptedIn(version: KubernetesVersion): object {
  if (!isAtLeast(version, 1, 30)) return {};
  const [{ matchConditions }] = only(parseManifests(installManifests), 'MutatingWebhookConfiguration').webhooks;
  return { matchConditions };
}

/** Creates a pod that opts in. Throws if the API server cannot reach the webhook. */
async function probe(api: Api): Promise<void> {
  accepted(await api.create(podWith('default', 'probe', { 'downlink.dev/env': 'pod' }), { dryRun: 'All' }));
}
