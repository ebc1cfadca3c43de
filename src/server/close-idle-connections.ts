import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import type { WebhookTimeouts } from './timeouts.ts';

const checkInterval = 50; // milliseconds

/**
 * Closes the remaining connections of a closing server: those without a request in flight after the grace period, the others
 * after the request timeout. Node.js would wait until the client closes them, even if the client sent nothing or only half a
 * request. API servers open connections in bursts and keep them.
 */
export function closeIdleConnections(server: FastifyInstance, { request, grace }: WebhookTimeouts): void {
  const sockets = new Set<Socket>();
  let inFlight = 0;
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.server.on('request', (_request, response) => {
    inFlight++;
    response.once('close', () => {
      inFlight--;
    });
  });
  server.addHook('preClose', (done) => {
    const startedAt = performance.now();
    const timer = setInterval(() => {
      if (sockets.size === 0) clearInterval(timer);
      const elapsed = performance.now() - startedAt;
      if (elapsed < grace || (inFlight > 0 && elapsed < request)) return;
      for (const socket of sockets) socket.destroy();
    }, checkInterval);
    done();
  });
}
