import Fastify, { type FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';
import { noSchemas } from './no-schemas.ts';

/**
 * The plain HTTP server beside the webhook: `/healthz` while the process lives, `/readyz` while it should get reviews,
 * `/metrics` for Prometheus.
 */
export function createHealthServer(notReadyBecause: () => string | undefined, metrics: Metrics): FastifyInstance {
  const server = Fastify({ logger: false, schemaController: noSchemas, forceCloseConnections: true });
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
