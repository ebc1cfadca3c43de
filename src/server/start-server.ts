import type { Server as HttpsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { formatCertificates, presentedCertificates, type ServingPair } from '../certificates/certificate.ts';
import { loadClientAuthority } from '../certificates/certificate-files.ts';
import { createCertificateSource, type Dependencies, systemDependencies } from '../certificates/certificate-source.ts';
import type { Config, InjectionConfig } from '../config/config.ts';
import type { KubernetesVersion } from '../kubernetes/kubernetes-version.ts';
import { followKubernetesVersion } from '../kubernetes-api/api-server-version.ts';
import { sleep } from '../time/clock.ts';
import { version } from '../version.ts';
import { createHealthServer } from './health-server.ts';
import { everyAddress, listen } from './listen.ts';
import type { ReviewLog } from './log-batch.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { WebhookTimeouts } from './timeouts.ts';
import { createWebhookServer } from './webhook-server.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Where lines about reviews go; by default, to the log. */
  readonly reviewLog?: ReviewLog;
  readonly dependencies?: Dependencies;
  readonly timeouts?: WebhookTimeouts;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  readonly healthPort: number;
  /** The reason that `/readyz` gives; undefined if the server is ready. */
  readonly notReadyBecause: () => string | undefined;
  /**
   * Becomes unready, serves for that many seconds while endpoints drain, finishes the requests in flight, and closes. A
   * second call during the drain ends it.
   */
  readonly stop: (delaySeconds: number) => Promise<void>;
}

/**
 * Starts the health port and, when there is a certificate, the webhook. Resolves when both listen. In a cluster this can
 * take until the API server responds; the health port reports what is missing.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, reviewLog = log, dependencies = systemDependencies(undefined), timeouts } = options;
  log.info({ version, node: process.version }, 'starting');
  const { clientCaFile } = config;
  const clientAuthority = clientCaFile === undefined ? {} : { ca: await loadClientAuthority(clientCaFile) };
  const server = createServer({ config, log, reviewLog, dependencies, timeouts, clientAuthority });
  try {
    const ports = await server.start();
    return { ...ports, notReadyBecause: server.notReadyBecause, stop: createStop(server, { log, dependencies }) };
  } catch (error) {
    await server.close();
    throw error;
  }
}

interface StartOptions extends Required<Pick<ServerOptions, 'config' | 'log' | 'reviewLog' | 'dependencies'>> {
  readonly timeouts: WebhookTimeouts | undefined;
  /** The CA of client certificates, if they are required. */
  readonly clientAuthority: { readonly ca?: string };
}

interface Server {
  readonly start: () => Promise<{ readonly port: number; readonly healthPort: number }>;
  readonly notReadyBecause: () => string | undefined;
  /** Becomes unready, and no longer writes to the cluster. */
  readonly startDraining: () => void;
  readonly close: () => Promise<void>;
}

/** Creates the parts of a server. */
function createServer(options: StartOptions): Server {
  const { config, log, dependencies } = options;
  const metrics = createMetrics(config.profiles.keys());
  const phase = { isListening: false, isDraining: false };
  const kubernetes = createVersionSource(options);
  const webhook = createWebhook({
    ...options,
    metrics,
    version: kubernetes.version,
    isStopping: () => phase.isDraining,
  });
  const serve = webhook.setCertificate;
  const certificates = createCertificateSource({ config, dependencies, log, events: metrics, serve });
  const notReadyBecause = () => {
    if (phase.isDraining) return 'stopping';
    if (kubernetes.isUnknown()) return 'the API server has not reported its version yet';
    return certificates.notReadyBecause() ?? (phase.isListening ? undefined : 'starting');
  };
  const health = createHealthServer({ notReadyBecause, metrics });
  const stopUpdates = () => {
    kubernetes.stop();
    certificates.stop();
  };
  return {
    notReadyBecause,
    start: async () => {
      // a certificate for localhost is useless to other hosts
      const host = config.bindAddress ?? (config.certificateMode === 'temporary' ? '127.0.0.1' : everyAddress);
      const healthPort = await listen(health, config.healthPort, host);
      await certificates.first;
      const port = await listen(webhook.create(), config.port, host);
      phase.isListening = true;
      log.info({ address: host, port, healthPort }, 'serving');
      return { port, healthPort };
    },
    startDraining: () => {
      phase.isDraining = true;
      stopUpdates();
    },
    close: async () => {
      stopUpdates();
      await webhook.close();
      await health.close();
    },
  };
}

/** Creates the source of the API server's version: the configuration, or else the API server if there is one. */
function createVersionSource({ config, log, dependencies: { api, clock } }: StartOptions) {
  const { kubernetesVersion } = config;
  if (kubernetesVersion !== undefined || api === undefined)
    return { version: () => kubernetesVersion, isUnknown: () => false, stop: () => {} };
  const source = followKubernetesVersion({ api, clock, log });
  return { ...source, isUnknown: () => source.version() === undefined };
}

interface WebhookOptions extends StartOptions {
  readonly metrics: Metrics;
  readonly version: () => KubernetesVersion | undefined;
  readonly isStopping: () => boolean;
}

/** Prepares the webhook, whose server can be created once there is a certificate. New connections get the newest one. */
function createWebhook({ config, log, reviewLog, metrics, timeouts, clientAuthority, ...options }: WebhookOptions) {
  const { onInvalid, ambassador, clusterName, profiles } = config;
  let tls: SecureContextOptions = clientAuthority;
  let webhook: FastifyInstance | undefined;
  let mutateOptions: InjectionConfig = { kubernetesVersion: undefined, onInvalid, ambassador, clusterName, profiles };
  return {
    setCertificate: (pair: ServingPair) => {
      tls = { cert: formatCertificates(presentedCertificates(pair)), key: pair.privateKey, ...clientAuthority };
      if (webhook !== undefined) (webhook.server as unknown as HttpsServer).setSecureContext(tls);
    },
    create: (): FastifyInstance => {
      webhook = createWebhookServer({
        tls,
        mutateOptions: () => {
          const kubernetesVersion = options.version();
          if (mutateOptions.kubernetesVersion !== kubernetesVersion)
            mutateOptions = { ...mutateOptions, kubernetesVersion };
          return mutateOptions;
        },
        log,
        reviewLog,
        metrics,
        isStopping: options.isStopping,
        ...(timeouts && { timeouts }),
      });
      return webhook;
    },
    close: async () => webhook?.close(),
  };
}

/** Returns the function that stops a running server. */
function createStop(server: Server, { log, dependencies }: Pick<StartOptions, 'log' | 'dependencies'>) {
  const drained = new AbortController();
  const stop = async (delaySeconds: number) => {
    server.startDraining();
    log.info({ delaySeconds }, 'stopping');
    await sleep(dependencies.clock, delaySeconds * 1000, drained.signal);
    await server.close();
    log.info('stopped');
  };
  let stopped: Promise<void> | undefined;
  return (delaySeconds: number): Promise<void> => {
    if (stopped !== undefined) drained.abort();
    stopped ??= stop(delaySeconds);
    return stopped;
  };
}
