import { Counter, type Registry } from 'prom-client';
import { type HandshakeFailure, handshakeFailures } from '../handshake-failures.ts';

/** Why a body is refused before it is parsed: its size, its number of values or pieces, or no memory at the moment. */
export const bodyRefusals = ['too-large', 'too-costly', 'no-room'] as const;
export type BodyRefusal = (typeof bodyRefusals)[number];

/** Why a connection is closed: there are too many, or its client does not read responses. */
export const connectionDrops = ['too-many', 'response-unread'] as const;
export type ConnectionDrop = (typeof connectionDrops)[number];

export interface ConnectionMetrics {
  readonly bodyRefused: (reason: BodyRefusal) => void;
  readonly connectionDropped: (port: 'webhook' | 'health', reason: ConnectionDrop) => void;
  readonly handshakeFailed: (reason: HandshakeFailure) => void;
}

export function createConnectionMetrics(register: Registry): ConnectionMetrics {
  const registers = [register];
  const refusals = new Counter({
    name: 'downlink_bodies_refused_total',
    help: 'Requests that were refused because of the memory that their body takes',
    labelNames: ['reason'],
    registers,
  });
  const drops = new Counter({
    name: 'downlink_connections_dropped_total',
    help: 'Connections that were closed to make room for others',
    labelNames: ['port', 'reason'],
    registers,
  });
  const handshakes = new Counter({
    name: 'downlink_tls_handshake_failures_total',
    help: 'TLS handshakes that failed',
    labelNames: ['reason'],
    registers,
  });
  // series start at zero, so that queries see the first increase
  for (const reason of bodyRefusals) refusals.inc({ reason }, 0);
  for (const port of ['webhook', 'health']) drops.inc({ port, reason: 'too-many' }, 0);
  drops.inc({ port: 'webhook', reason: 'response-unread' }, 0);
  for (const reason of handshakeFailures) handshakes.inc({ reason }, 0);
  return {
    bodyRefused: (reason) => refusals.inc({ reason }),
    connectionDropped: (port, reason) => drops.inc({ port, reason }),
    handshakeFailed: (reason) => handshakes.inc({ reason }),
  };
}
