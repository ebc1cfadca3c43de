import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createCertificateSource, type Surroundings, systemSurroundings } from '../certificates/certificate-source.ts';
import { loadClientAuthority } from '../certificates/serving-certificate.ts';
import type { Config } from '../config/config.ts';
import { followKubernetesVersion } from '../kubernetes-api/api-server-version.ts';
import { version } from '../version.ts';
import { createHealthServer } from './health-server.ts';
import { createMetrics } from './metrics.ts';
import { createWebhookServer } from './webhook-server.ts';

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  readonly healthPort: number;
  /** What `/readyz` says; undefined when ready. */
  readonly notReadyBecause: () => string | undefined;
  /**
   * Turns unready, goes on serving for that long (seconds) while endpoints drain, finishes what is in flight, closes.
   * A second call while the first one waits ends the wait.
   */
  readonly stop: (delaySeconds: number) => Promise<void>;
}

/**
 * Starts the health port and, as soon as there is a certificate, the webhook; resolves when both listen. In a cluster
 * that can take until the API server answers: the health port says what is missing.
 */
export async function startServer(
  config: Config,
  log: Logger,
  surroundings: Surroundings = systemSurroundings(undefined),
  requestTimeout?: number,
): Promise<RunningServer> {
  log.info({ version, node: process.version }, 'starting');
  const clientAuthority =
    config.clientCaFile === undefined ? {} : { ca: await loadClientAuthority(config.clientCaFile) };
  const metrics = createMetrics();
  let listening = false;
  let stopping = false;
  const versions =
    config.kubernetesVersion === undefined && surroundings.api
      ? followKubernetesVersion(surroundings.api, log)
      : undefined;
  const kubernetesVersion = () => config.kubernetesVersion ?? versions?.version();
  const notReadyBecause = () => {
    if (stopping) return 'stopping';
    if (versions && kubernetesVersion() === undefined) return 'the API server has not told its version yet';
    return certificates.notReadyBecause() ?? (listening ? undefined : 'starting');
  };
  let webhook: FastifyInstance | undefined;
  let tls: SecureContextOptions = clientAuthority; // with the newest certificate
  const certificates = createCertificateSource(config, surroundings, log, metrics, ({ certificate, privateKey }) => {
    tls = { cert: certificate, key: privateKey, ...clientAuthority };
    if (webhook !== undefined) setCertificate(webhook, tls);
  });
  const health = createHealthServer(notReadyBecause, metrics);
  // a certificate for localhost is of no use to anybody else
  const host = config.bindAddress ?? (config.certificateMode === 'temporary' ? '127.0.0.1' : everyAddress);
  const { onInvalid, ambassador } = config;
  const release = async () => {
    versions?.stop();
    certificates.stop();
    await webhook?.close();
    await health.close();
  };
  const begin = async () => {
    const healthPort = await listen(health, config.healthPort, host);
    await certificates.first;
    webhook = createWebhookServer({
      tls,
      mutateOptions: () => ({ kubernetesVersion: kubernetesVersion(), onInvalid, ambassador }),
      log,
      metrics,
      isStopping: () => stopping,
      ...(requestTimeout !== undefined && { requestTimeout }),
    });
    const port = await listen(webhook, config.port, host);
    listening = true;
    log.info({ address: host, port, healthPort }, 'serving');
    return { port, healthPort };
  };
  const { port, healthPort } = await begin().catch(async (error: unknown) => {
    await release();
    throw error;
  });

  const waiting = new AbortController();
  let stopped: Promise<void> | undefined;
  const stop = async (delaySeconds: number) => {
    stopping = true;
    log.info({ delaySeconds }, 'stopping');
    versions?.stop();
    certificates.stop(); // what we have does for the rest; an uninstall may be taking away what they are kept in
    await delay(delaySeconds * 1000, undefined, { signal: waiting.signal }).catch(() => {});
    await release();
    log.info('stopped');
  };
  return {
    port,
    healthPort,
    notReadyBecause,
    stop: (delaySeconds) => {
      if (stopped !== undefined) waiting.abort();
      stopped ??= stop(delaySeconds);
      return stopped;
    },
  };
}

/** Connections that are open keep their certificate; new ones get this. */
function setCertificate(webhook: FastifyInstance, options: SecureContextOptions): void {
  (webhook.server as unknown as Server).setSecureContext(options);
}

const everyAddress = '::'; // of both families, where the kernel has both

/** For localhost fastify would start a second server, for ::1, that has neither our bounds nor a renewed certificate. */
async function listen(server: FastifyInstance, port: number, host: string): Promise<number> {
  try {
    await server.listen({ port, host: host === 'localhost' ? '127.0.0.1' : host });
  } catch (error) {
    const noIpv6 =
      error instanceof Error && 'code' in error && (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL');
    if (host !== everyAddress || !noIpv6) throw error;
    await server.listen({ port, host: '0.0.0.0' });
  }
  return (server.server.address() as AddressInfo).port;
}
