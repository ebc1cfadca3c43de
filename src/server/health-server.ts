import Fastify, { type FastifyInstance } from 'fastify';

/** The plain HTTP server for probes: `/healthz` while the process lives, `/readyz` while it should get reviews. */
export function createHealthServer(notReadyBecause: () => string | undefined): FastifyInstance {
  const server = Fastify({ logger: false, forceCloseConnections: true });
  server.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  server.get('/readyz', (_request, reply) => {
    const reason = notReadyBecause();
    if (reason === undefined) return reply.type('text/plain').send('ok\n');
    return reply.code(503).type('text/plain').send(`not ready: ${reason}\n`);
  });
  return server;
}
