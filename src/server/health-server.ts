import Fastify, { type FastifyInstance } from 'fastify';
import { limitConnections } from './connection-limit.ts';
import { healthConnections } from './memory-budget.ts';
import type { Metrics } from './metrics/metrics.ts';
import { noSchemas } from './no-schema-compilers.ts';
import { checkIntervalFor } from './timeouts.ts';

const requestTimeout = 5_000; // milliseconds for a request to arrive; probes do not wait longer

export interface HealthServerOptions {
  /** Undefined if the server is ready. */
  readonly notReadyBecause: () => string | undefined;
  readonly metrics: Pick<Metrics, 'connectionDropped' | 'expose'>;
  /** Milliseconds for a request to arrive. */
  readonly timeout?: number;
}

/**
 * Creates the plain HTTP server beside the webhook: `/healthz` while the process lives, `/readyz` while it should receive
 * reviews, and `/metrics` for Prometheus. Anybody can reach it, so it accepts only GET and HEAD without a body, one request
 * per connection, and few connections, each for a short time.
 */
export function createHealthServer(options: HealthServerOptions): FastifyInstance {
  const { notReadyBecause, metrics, timeout = requestTimeout } = options;
  const checkInterval = checkIntervalFor(timeout);
  const server = Fastify({
    http: { headersTimeout: timeout, connectionsCheckingInterval: checkInterval },
    requestTimeout: timeout,
    connectionTimeout: timeout + 2 * checkInterval, // for clients that do not read; the other timeouts are shorter
    maxRequestsPerSocket: 1, // a client could request the metrics a thousand times at once
    logger: false,
    schemaController: noSchemas,
    forceCloseConnections: true,
  });
  limitConnections({
    server: server.server,
    bounds: healthConnections,
    onDrop: () => metrics.connectionDropped('health', 'too-many'),
  });
  server.removeAllContentTypeParsers();
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('connection', 'close');
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      reply.header('allow', 'GET, HEAD').code(405).type('text/plain').send('only GET and HEAD are allowed\n');
    } else if (Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined) {
      reply.code(413).type('text/plain').send('requests to this port must not have a body\n');
    } else done();
  });
  server.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', (_request, reply) => {
    const reason = notReadyBecause();
    if (reason === undefined) return reply.type('text/plain').send('ok\n');
    return reply.code(503).type('text/plain').send(`not ready: ${reason}\n`);
  });
  server.get('/metrics', async (_request, reply) => {
    const { text, contentType } = await metrics.expose();
    return reply.type(contentType).send(text);
  });
  return server;
}
