import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { systemDependencies } from '../../src/certificates/certificate-source.ts';
import { parseConfig } from '../../src/config/config.ts';
import { startServer } from '../../src/server/start-server.ts';
import { defaultTimeouts } from '../../src/server/timeouts.ts';
import {
  configurationPath,
  day,
  deploymentPath,
  validatingConfiguration,
  validatingPath,
} from '../certificates/in-memory-cluster.ts';
import { createInMemoryApi } from '../server/in-memory-api.ts';
import { reviewOf, workloadReviewOf } from '../support/admission-review.ts';
import { makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, openSocket } from '../support/webhook-client.ts';
import type { ScrapeTarget } from './prometheus.ts';

const pod = (annotations: Readonly<Record<string, string>>) => ({
  metadata: { name: 'web', annotations },
  spec: { containers: [{ name: 'main', image: 'busybox' }] },
});
const reviews = [
  reviewOf(pod({ 'downlink.dev/env': 'pod', 'downlink.dev/volume': 'labels' })),
  reviewOf(pod({ 'downlink.dev/ambassador': 'true' })),
  reviewOf(pod({ 'downlink.dev/env': 'pod' }), 'default', { dryRun: true }),
  reviewOf(pod({ 'downlink.dev/env': 'metadata.nam' })),
  reviewOf(pod({})),
];
const profileReview = reviewOf(pod({ 'downlink.dev/profile': 'web' }));
const workload = workloadReviewOf({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { template: pod({ 'downlink.dev/env': 'metadata.nam' }) },
});

export interface MonitoredDownlink {
  /** The metrics of the replicas, and of kube-state-metrics about their Deployment. */
  readonly targets: readonly ScrapeTarget[];
  /**
   * Sends pods that are injected, skipped, and denied, and a workload, once to each replica, and what a server refuses to
   * one of them.
   */
  readonly send: () => Promise<void>;
  /** Sets a wrong caBundle, which a replica repairs. */
  readonly overwriteCaBundle: () => void;
  readonly stop: () => Promise<void>;
}

/**
 * Starts two replicas: `downlink-a` in self-signed mode, with a profile, which lets invalid pods through, and `downlink-b`
 * with certificate files, which denies them. Their metrics are real; those of kube-state-metrics are simulated.
 */
export async function startMonitoredDownlink(): Promise<MonitoredDownlink> {
  const selfSigned = await startSelfSigned();
  const certificates = await makeCertificateFolder(90 * day);
  const files = await startTestServer(certificates);
  const kubeState = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end('kube_deployment_status_replicas_available{namespace="downlink",deployment="downlink"} 2\n');
  }).listen(0, '127.0.0.1');
  await once(kubeState, 'listening');
  const clients = [
    connectWebhook(selfSigned.port, selfSigned.ca()),
    connectWebhook(files.port, certificates.authority.certificate),
  ];
  const scraped = (port: number, name: string): ScrapeTarget => ({
    port,
    labels: { namespace: 'downlink', pod: name },
  });
  return {
    targets: [
      scraped(selfSigned.healthPort, 'downlink-a'),
      scraped(files.healthPort, 'downlink-b'),
      { port: (kubeState.address() as AddressInfo).port, labels: { job: 'kube-state-metrics' } },
    ],
    send: async () => {
      for (const { post, send } of clients) {
        for (const review of reviews) await post(JSON.stringify(review));
        await send('POST', '/validate-workload', JSON.stringify(workload));
      }
      await clients[0]?.post(JSON.stringify(profileReview));
      await refusedHandshake(files.port);
      await refusedBody(files.port, certificates.authority.certificate);
    },
    overwriteCaBundle: selfSigned.overwriteCaBundle,
    stop: async () => {
      for (const client of clients) client.close();
      await Promise.all([selfSigned.stop(0), files.stop(0), kubeState.close()]);
      await certificates.remove();
    },
  };
}

/** Opens a connection that does not trust the certificate, and waits until it is closed. */
async function refusedHandshake(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost' });
  await Promise.race([once(socket, 'close'), once(socket, 'error').catch(() => {})]).catch(() => {});
}

/** Announces a body that is too large, and waits for the response. */
async function refusedBody(port: number, ca: string): Promise<void> {
  const socket = await openSocket(port, ca);
  const headers = ['Host: localhost', 'Content-Type: application/json', 'Content-Length: 99999999'];
  socket.write(`${['POST /mutate HTTP/1.1', ...headers].join('\r\n')}\r\n\r\n`);
  const [response] = await once(socket, 'data');
  socket.destroy();
  assert.match(String(response), /^HTTP\/1\.1 413 /);
}

async function startSelfSigned() {
  const api = createInMemoryApi();
  const setCaBundle = (clientConfig: object) =>
    api.put(configurationPath, {
      metadata: { name: 'downlink' },
      webhooks: [{ name: 'pods.downlink.dev', clientConfig }],
    });
  api.put(deploymentPath, { metadata: { name: 'downlink' } });
  setCaBundle({});
  api.put(validatingPath, validatingConfiguration);
  const parsed = parseConfig({
    flags: {
      port: '0',
      healthPort: '0',
      bindAddress: '127.0.0.1',
      certificateMode: 'self-signed',
      namespace: 'downlink',
      onInvalid: 'warn',
    },
    environment: {},
    file: { name: 'settings', content: { profiles: { web: { env: 'pod' } } } },
  });
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
  const server = await startServer({
    config: parsed.config,
    log: pino({ base: null }, { write: () => {} }),
    dependencies: { ...systemDependencies(api.client()), names: ['localhost'] },
    timeouts: { ...defaultTimeouts, grace: 100 },
  });
  const ca = () =>
    Buffer.from(api.get(configurationPath)?.webhooks?.[0]?.clientConfig?.caBundle ?? '', 'base64').toString();
  return { ...server, ca, overwriteCaBundle: () => setCaBundle({ caBundle: 'b3RoZXI=' }) };
}
