import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * Bytes that are written to TLS at a time. Node.js keeps a buffer of the size of the largest write for the life of the
 * connection, so a thousand connections with one large response each would use gigabytes.
 */
const maxWrite = 16 * 1024;

/** Sends serialized JSON. */
export function sendJson(reply: FastifyReply, json: string): FastifyReply {
  reply.type('application/json');
  if (json.length <= maxWrite) return reply.send(json);
  const bytes = Buffer.from(json);
  return reply.header('content-length', bytes.length).send(inPieces(bytes));
}

/** Sends an error status with its reason, which the API server logs. */
export function sendError(reply: FastifyReply, code: number, error: string): FastifyReply {
  return sendJson(reply.code(code), JSON.stringify({ error }));
}

function inPieces(bytes: Buffer): Readable {
  let start = 0;
  return new Readable({
    highWaterMark: maxWrite,
    read() {
      const piece = bytes.subarray(start, start + maxWrite);
      start += piece.length;
      this.push(piece.length === 0 ? null : piece);
    },
  });
}
