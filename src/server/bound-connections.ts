import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type ConnectionBounds, maxHandshake } from './memory-budget.ts';

/** The connections of a server, bounded in number. */
export interface BoundConnections {
  /**
   * Counts a review that is about to be answered over the connection of that request. Says whether the connection may
   * stay; where not, the answer must close it.
   */
  readonly proved: (request: IncomingMessage) => boolean;
}

interface Connection {
  readonly socket: Socket;
  /** Milliseconds: when its last request began or ended. */
  since: number;
  /** Reviews that were answered. */
  answered: number;
  isHandshaking: boolean;
}

const idle = 5000; // milliseconds: no request can still be under way on a connection that was silent for so long
const handshakeInterval = 250; // milliseconds between looks at unfinished handshakes

/**
 * Keeps the number of a server's connections within bounds. Nobody who asks for a connection is turned away.
 *
 * | room     | who is in it                           | who leaves when it is full                                             |
 * |----------|----------------------------------------|------------------------------------------------------------------------|
 * | `fresh`  | connections without an answered review | the oldest                                                             |
 * | `proven` | those with one                         | of the silent ones that with the fewest reviews, the longest silent    |
 * |          |                                        | first; where none is silent, the next one does not come in: its answer |
 * |          |                                        | closes it, so that no review is lost                                   |
 *
 * So whoever opens thousands of connections closes their own, and a kept-alive connection of an API server stays.
 * `dropped` is called for each that is closed without an answer.
 */
export function boundConnections(
  server: Server,
  bounds: ConnectionBounds,
  dropped: () => void,
  now: () => number = () => performance.now(),
): BoundConnections {
  const fresh = new Set<Connection>(); // in the order in which they were opened
  const proven = new Set<Connection>();
  const bySocket = new WeakMap<Socket, Connection>(); // of requests: of TLS, where there is TLS
  const byAddress = new Map<string, Connection>(); // which a connection has in common with the one of TLS in it
  const drop = (connection: Connection | undefined) => {
    if (connection === undefined) return;
    dropped();
    connection.socket.destroy();
    fresh.delete(connection);
    proven.delete(connection);
  };

  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    const connection: Connection = { socket, since: now(), answered: 0, isHandshaking: true };
    fresh.add(connection);
    byAddress.set(address, connection);
    bySocket.set(socket, connection);
    socket.once('close', () => {
      fresh.delete(connection);
      proven.delete(connection);
      if (byAddress.get(address) === connection) byAddress.delete(address);
    });
    if (fresh.size > bounds.fresh) drop(fresh.values().next().value);
  });
  server.on('secureConnection', (socket: Socket) => {
    const connection = byAddress.get(addressOf(socket));
    if (connection === undefined) return;
    connection.isHandshaking = false;
    bySocket.set(socket, connection);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = bySocket.get(request.socket);
    if (connection === undefined) return;
    connection.since = now();
    response.once('close', () => {
      connection.since = now();
    });
  });
  const timer = setInterval(() => {
    for (const connection of fresh) {
      if (connection.isHandshaking && connection.socket.bytesRead > maxHandshake) drop(connection);
    }
  }, handshakeInterval).unref();
  server.once('close', () => clearInterval(timer));

  return {
    proved: ({ socket }) => {
      const connection = bySocket.get(socket);
      if (connection === undefined) return true; // it has been closed
      connection.answered++;
      if (proven.has(connection)) return true;
      if (proven.size >= bounds.proven) {
        const silent = leastMissed(proven, now() - idle);
        if (silent === undefined) return false;
        drop(silent);
      }
      fresh.delete(connection);
      proven.add(connection);
      return true;
    },
  };
}

/** Of the connections that have been silent since then, that with the fewest reviews, the longest silent first. */
function leastMissed(all: ReadonlySet<Connection>, since: number): Connection | undefined {
  let least: Connection | undefined;
  for (const one of all) {
    if (one.since > since) continue;
    const isLess =
      least === undefined ||
      one.answered < least.answered ||
      (one.answered === least.answered && one.since < least.since);
    if (isLess) least = one;
  }
  return least;
}

/** What tells a client's connections apart, over TLS as under it. */
function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
