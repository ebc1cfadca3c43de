import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../time/clock.ts';
import { createBodyMemory, type IncomingBody } from './body-memory.ts';
import { type BodyBounds, bodyLimit } from './memory-budget.ts';

/** The result of receiving a body. */
export type ReceivedBody =
  /** The whole body. Use it before the callback returns, because the memory of a large body is freed then. */
  | { readonly kind: 'whole'; readonly bytes: Buffer; readonly isLarge: boolean }
  /** The body exceeds the limit. */
  | { readonly kind: 'too-large' }
  /** The body arrived in too many pieces. */
  | { readonly kind: 'too-costly' }
  /** Other bodies use the memory. A retry can succeed. */
  | { readonly kind: 'no-room' };

export interface BodyReceiver {
  /** Calls `report` once, or not at all if the client disconnects before the end of the body. */
  readonly receive: (request: IncomingMessage, report: (received: ReceivedBody) => void) => void;
}

/**
 * Creates a receiver that uses bounded memory.
 *
 * | Body                                        | Memory                                               | If there is none left                          |
 * |---------------------------------------------|------------------------------------------------------|------------------------------------------------|
 * | small                                       | its pieces                                           | the least recently active small one is refused |
 * | large, by its Content-Length or by its size | a buffer of its Content-Length, or else of the limit | stalled large ones are refused, or else it is  |
 *
 * Therefore a small body is received no matter how much memory other clients use.
 */
export function createBodyReceiver(bounds: BodyBounds, clock: Pick<Clock, 'monotonic'> = systemClock): BodyReceiver {
  const memory = createBodyMemory(bounds, clock);
  const receive: BodyReceiver['receive'] = (request, report) => {
    const expected = contentLength(request);
    const end = (received: ReceivedBody) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      request.resume(); // discards what still arrives
      report(received);
      memory.release(body);
    };
    const body: IncomingBody = {
      chunks: [],
      buffer: undefined,
      length: 0,
      pieces: 0,
      lastProgress: clock.monotonic(),
      lengthThen: 0,
      giveUp: () => end({ kind: 'no-room' }),
    };
    const onData = (chunk: Buffer) => {
      const length = body.length + chunk.length;
      body.pieces++;
      if (length > bodyLimit) return end({ kind: 'too-large' });
      if (body.pieces > bounds.pieces) return end({ kind: 'too-costly' });
      if (body.buffer === undefined && length > bounds.small && !memory.makeLarge(body, bodyLimit))
        return end({ kind: 'no-room' });
      memory.keep(body, chunk, length === expected);
    };
    const onEnd = () => end({ kind: 'whole', bytes: wholeOf(body), isLarge: body.buffer !== undefined });
    const onClose = () => memory.release(body);
    if (expected !== undefined && expected > bodyLimit) return report({ kind: 'too-large' });
    if (expected !== undefined && expected > bounds.small && !memory.makeLarge(body, expected))
      return report({ kind: 'no-room' });
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  };
  return { receive };
}

function wholeOf({ buffer, chunks: [first = emptyBuffer, ...others], length }: IncomingBody): Buffer {
  if (buffer !== undefined) return buffer.subarray(0, length);
  return others.length === 0 ? first : Buffer.concat([first, ...others], length);
}

const emptyBuffer = Buffer.alloc(0);

/** Returns the Content-Length; undefined if there is none. */
function contentLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
