import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';

const grace = 1000; // milliseconds for a request that is on its way
const interval = 50; // milliseconds between looks

/**
 * Lets a closing server come to its end. What is in flight gets its answer within the timeout (milliseconds). Node
 * itself waits for a connection on which nothing was asked, or only half, until the other side closes it: API servers
 * open some in a burst and keep them.
 */
export function waitForRequestsOnly(server: FastifyInstance, timeout: number): void {
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
    const began = performance.now();
    const timer = setInterval(() => {
      if (sockets.size === 0) clearInterval(timer);
      const waited = performance.now() - began;
      if (waited < grace || (inFlight > 0 && waited < timeout)) return;
      for (const socket of sockets) socket.destroy();
    }, interval);
    done();
  });
}
