import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * Bytes that go to TLS at once. For what it is given in one piece Node's TLS keeps as much memory as long as the connection
 * lives, so a thousand connections with one large answer each would hold gigabytes.
 */
const piece = 16 * 1024;

/** Sends JSON that is text already. */
export function sendJson(reply: FastifyReply, json: string): FastifyReply {
  reply.type('application/json');
  if (json.length <= piece) return reply.send(json);
  const bytes = Buffer.from(json);
  return reply.header('content-length', bytes.length).send(inPieces(bytes));
}

/** Sends a status that is no 200, with the reason for whoever reads the API server's log. */
export function sendError(reply: FastifyReply, code: number, error: string): FastifyReply {
  return sendJson(reply.code(code), JSON.stringify({ error }));
}

function inPieces(bytes: Buffer): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: piece,
    read() {
      const next = bytes.subarray(at, at + piece);
      at += next.length;
      this.push(next.length === 0 ? null : next);
    },
  });
}
