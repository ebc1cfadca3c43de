import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { MutateOptions } from '../admission/mutate.ts';
import type { Config } from '../config.ts';
import { createHealthServer } from './health-server.ts';
import { loadClientAuthority, loadServingCertificate, makeTemporaryCertificate } from './serving-certificate.ts';
import { createWebhookServer } from './webhook-server.ts';

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  readonly healthPort: number;
  /**
   * Turns unready, goes on serving for that long (seconds) while endpoints drain, finishes what is in flight, closes.
   * A second call while the first one waits ends the wait.
   */
  readonly stop: (delaySeconds: number) => Promise<void>;
}

/** Starts the webhook and its health port; resolves when both listen. */
export async function startServer(config: Config, log: Logger, requestTimeout?: number): Promise<RunningServer> {
  const mutateOptions: MutateOptions = {
    kubernetesVersion: config.kubernetesVersion,
    onInvalid: config.onInvalid,
    ambassador: config.ambassador,
  };
  let listening = false;
  let stopping = false;
  const health = createHealthServer(() => (stopping ? 'stopping' : listening ? undefined : 'starting'));
  const tls = await loadTls(config, log);
  const webhook = createWebhookServer({
    tls,
    mutateOptions: () => mutateOptions,
    log,
    isStopping: () => stopping,
    ...(requestTimeout !== undefined && { requestTimeout }),
  });
  // without certificate files the certificate is for localhost, so nobody else has a use for the port
  const host = config.bindAddress ?? (config.tlsCertFile === undefined ? '127.0.0.1' : '::');
  const healthPort = await listen(health, config.healthPort, host);
  const port = await listen(webhook, config.port, host).catch(async (error: unknown) => {
    await health.close();
    throw error;
  });
  listening = true;
  log.info({ address: host, port, healthPort }, 'serving');

  const waiting = new AbortController();
  let stopped: Promise<void> | undefined;
  const stop = async (delaySeconds: number) => {
    stopping = true;
    log.info({ delaySeconds }, 'stopping');
    await delay(delaySeconds * 1000, undefined, { signal: waiting.signal }).catch(() => {});
    await webhook.close();
    await health.close();
    log.info('stopped');
  };
  return {
    port,
    healthPort,
    stop: (delaySeconds) => {
      if (stopped !== undefined) waiting.abort();
      stopped ??= stop(delaySeconds);
      return stopped;
    },
  };
}

async function loadTls(config: Config, log: Logger): Promise<{ key: string; cert: string; ca?: string }> {
  const ca = config.clientCaFile === undefined ? {} : { ca: await loadClientAuthority(config.clientCaFile) };
  if (config.tlsCertFile !== undefined && config.tlsPrivateKeyFile !== undefined) {
    const pair = await loadServingCertificate(config.tlsCertFile, config.tlsPrivateKeyFile, new Date());
    return { key: pair.privateKey, cert: pair.certificate, ...ca };
  }
  const { folder, certificate, privateKey } = await makeTemporaryCertificate(new Date());
  log.warn(
    { folder },
    'no --tls-cert-file: serving with a temporary certificate for localhost; its ca.crt is in the folder',
  );
  return { key: privateKey, cert: certificate, ...ca };
}

async function listen(server: FastifyInstance, port: number, host: string): Promise<number> {
  await server.listen({ port, host });
  return (server.server.address() as AddressInfo).port;
}
