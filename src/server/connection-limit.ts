import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, systemClock } from '../time/clock.ts';
import { type ConnectionBounds, maxHandshake } from './memory-budget.ts';

/** The connections of a server, whose number is limited. */
export interface LimitedConnections {
  /**
   * Counts a review that is about to be answered. Returns whether the connection can stay open; if not, the response must
   * close it.
   */
  readonly prove: (request: IncomingMessage) => boolean;
}

export interface ConnectionLimitOptions {
  readonly server: Server;
  readonly bounds: ConnectionBounds;
  /** Called for each connection that is closed without a response. */
  readonly onDrop: () => void;
  readonly clock?: Pick<Clock, 'monotonic'>;
}

interface Connection {
  readonly socket: Socket;
  /** When its last request began or ended, milliseconds. */
  lastActivity: number;
  /** Number of answered reviews. */
  answered: number;
  isHandshaking: boolean;
}

const idleTime = 5000; // milliseconds after which no request can be in transit on a connection
const handshakeInterval = 250; // milliseconds between checks of unfinished handshakes

/**
 * Limits the number of connections of a server. New connections are never refused; instead, others are closed.
 *
 * | Set      | Contains                               | When it is full                                                     |
 * |----------|----------------------------------------|---------------------------------------------------------------------|
 * | `fresh`  | connections without an answered review | the oldest is closed                                                |
 * | `proven` | connections with an answered review    | the idle one with the fewest reviews is closed; of several, the longest idle. If none is idle, the response closes the new one, so that no review is lost |
 *
 * Therefore a client that opens thousands of connections displaces its own connections, and the keep-alive connections of an
 * API server stay open.
 */
export function limitConnections(options: ConnectionLimitOptions): LimitedConnections {
  const { server, bounds, onDrop, clock = systemClock } = options;
  const fresh = new Set<Connection>(); // oldest first
  const proven = new Set<Connection>();
  const forget = (connection: Connection) => {
    fresh.delete(connection);
    proven.delete(connection);
  };
  const drop = (connection: Connection | undefined) => {
    if (connection === undefined) return;
    onDrop();
    connection.socket.destroy();
    forget(connection);
  };
  const add = (connection: Connection) => {
    fresh.add(connection);
    if (fresh.size > bounds.fresh) drop(fresh.values().next().value);
  };
  const connections = trackConnections({ server, clock, add, forget });
  checkHandshakes(server, fresh, drop);
  return {
    prove: (request) => {
      const connection = connections.find(request);
      if (connection === undefined) return true; // it is closed already
      connection.answered++;
      if (proven.has(connection)) return true;
      if (proven.size >= bounds.proven) {
        const idle = leastUsedIdle(proven, clock.monotonic() - idleTime);
        if (idle === undefined) return false;
        drop(idle);
      }
      fresh.delete(connection);
      proven.add(connection);
      return true;
    },
  };
}

interface TrackOptions {
  readonly server: Server;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly add: (connection: Connection) => void;
  readonly forget: (connection: Connection) => void;
}

/** Reports each connection when it opens and closes, and finds the connection of a request. */
function trackConnections({ server, clock, add, forget }: TrackOptions) {
  const bySocket = new WeakMap<Socket, Connection>(); // with TLS, the socket of requests is a TLSSocket
  const byAddress = new Map<string, Connection>(); // a TLSSocket has the same address as the socket below it
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket);
    const connection: Connection = { socket, lastActivity: clock.monotonic(), answered: 0, isHandshaking: true };
    byAddress.set(address, connection);
    bySocket.set(socket, connection);
    socket.once('close', () => {
      forget(connection);
      if (byAddress.get(address) === connection) byAddress.delete(address);
    });
    add(connection);
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
    connection.lastActivity = clock.monotonic();
    response.once('close', () => {
      connection.lastActivity = clock.monotonic();
    });
  });
  return { find: ({ socket }: IncomingMessage) => bySocket.get(socket) };
}

/** Drops connections that send more than any real handshake before they complete it. */
function checkHandshakes(server: Server, fresh: ReadonlySet<Connection>, drop: (connection: Connection) => void): void {
  const timer = setInterval(() => {
    for (const connection of fresh) {
      if (connection.isHandshaking && connection.socket.bytesRead > maxHandshake) drop(connection);
    }
  }, handshakeInterval).unref();
  server.once('close', () => clearInterval(timer));
}

/** Returns the connection with the fewest reviews of those idle since that time; of several, the longest idle. */
function leastUsedIdle(connections: ReadonlySet<Connection>, idleSince: number): Connection | undefined {
  let least: Connection | undefined;
  for (const connection of connections) {
    if (connection.lastActivity > idleSince) continue;
    const isLess =
      least === undefined ||
      connection.answered < least.answered ||
      (connection.answered === least.answered && connection.lastActivity < least.lastActivity);
    if (isLess) least = connection;
  }
  return least;
}

/** Identifies a connection, at the TLS socket and at the socket below it. */
function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
