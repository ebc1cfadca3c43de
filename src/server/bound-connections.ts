import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type ConnectionBounds, maxHandshake } from './memory-budget.ts';

/** The bounded connections of a server. */
export interface BoundConnections {
  /**
   * Counts a review that is about to be answered. Returns whether the connection can stay open; if not, the answer must
   * close it.
   */
  readonly proved: (request: IncomingMessage) => boolean;
}

interface Connection {
  readonly socket: Socket;
  /** When its last request began or ended, milliseconds. */
  since: number;
  /** Number of answered reviews. */
  answered: number;
  isHandshaking: boolean;
}

const idle = 5000; // milliseconds after which no request can be in transit on a connection
const handshakeInterval = 250; // milliseconds between checks of unfinished handshakes

/**
 * Bounds the number of connections of a server. New connections are never refused; instead, others are closed.
 *
 * | Room     | Holds                                  | When it is full                                                     |
 * |----------|----------------------------------------|---------------------------------------------------------------------|
 * | `fresh`  | connections without an answered review | the oldest is closed                                                |
 * | `proven` | connections with an answered review    | an idle one is closed: with the fewest reviews, then the longest idle. If none is idle, the answer closes the new one, so that no review is lost |
 *
 * Whoever opens thousands of connections therefore displaces their own, and the kept-alive connections of an API server
 * stay open. `dropped` is called for each connection that is closed without an answer.
 */
export function boundConnections(
  server: Server,
  bounds: ConnectionBounds,
  dropped: () => void,
  now: () => number = () => performance.now(),
): BoundConnections {
  const fresh = new Set<Connection>(); // oldest first
  const proven = new Set<Connection>();
  const bySocket = new WeakMap<Socket, Connection>(); // by the socket of requests, which is a TLSSocket with TLS
  const byAddress = new Map<string, Connection>(); // the TLSSocket has the same address as the socket below it
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
      if (connection === undefined) return true; // it is closed already
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

/** Returns the idle connection with the fewest reviews, of several the longest idle. `since` is the end of activity. */
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

/** Identifies a connection, at the TLS socket and at the socket below it. */
function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
