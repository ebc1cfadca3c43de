import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createHoldings } from './held-memory.ts';
import { type BodyBounds, bodyLimit } from './memory-budget.ts';

/** The result of receiving a body. */
export type Received =
  /** The whole body. Use it before the callback returns, because the memory of a large body is reused. */
  | { readonly kind: 'whole'; readonly bytes: Buffer; readonly isLarge: boolean }
  /** The body exceeds the limit. */
  | { readonly kind: 'too-large' }
  /** The body arrived in too many pieces. */
  | { readonly kind: 'too-costly' }
  /** Other bodies use the memory. A retry can succeed. */
  | { readonly kind: 'no-room' };

export interface BodyReceiver {
  /** Calls `report` once, or not at all if the client disconnects before the end of the body. */
  readonly receive: (request: IncomingMessage, report: (received: Received) => void) => void;
}

/** A body that is being received. */
interface Arrival {
  /** The pieces of a small body. */
  chunks: Buffer[];
  /** The buffer of a large body. */
  buffer: Buffer | undefined;
  length: number;
  pieces: number;
  /** The last time that it made {@link progress}, milliseconds. */
  movedAt: number;
  movedTo: number;
  readonly giveUp: () => void;
}

const perPiece = 256; // bytes of memory for a piece, in addition to its content
const progress = 1024 * 1024; // bytes in each period of patience; otherwise a few slow clients could keep the buffers

/**
 * Creates a receiver that uses bounded memory.
 *
 * | Body                                        | Memory               | If there is none                              |
 * |---------------------------------------------|----------------------|-----------------------------------------------|
 * | small                                       | its pieces           | the least recently active small one is refused |
 * | large, by its Content-Length or by its size | one of a few buffers | a stalled large one is refused, or else this one |
 *
 * Therefore a small body is received whatever other clients hold.
 */
export function createBodyReceiver(bounds: BodyBounds, now: () => number = () => performance.now()): BodyReceiver {
  const small = createHoldings<Arrival>(bounds.allSmall, (arrival) => arrival.giveUp());
  const large = new Set<Arrival>();
  const free: Buffer[] = [];

  const becomeLarge = (arrival: Arrival): boolean => {
    if (large.size >= bounds.large) {
      const stopped = [...large].find(({ movedAt }) => now() - movedAt >= bounds.patience);
      if (stopped === undefined) return false;
      stopped.giveUp();
    }
    small.release(arrival);
    arrival.buffer = free.pop() ?? Buffer.allocUnsafeSlow(bodyLimit);
    let at = 0;
    for (const chunk of arrival.chunks) at += chunk.copy(arrival.buffer, at);
    arrival.chunks = [];
    large.add(arrival);
    return true;
  };
  const release = (arrival: Arrival) => {
    small.release(arrival);
    if (arrival.buffer === undefined) return;
    large.delete(arrival);
    free.push(arrival.buffer);
    arrival.buffer = undefined;
  };
  /** Keeps a piece. The last one of a small body is not counted, because the body is used immediately. */
  const keep = (arrival: Arrival, chunk: Buffer, isLast: boolean) => {
    if (arrival.buffer !== undefined) chunk.copy(arrival.buffer, arrival.length);
    else arrival.chunks.push(chunk);
    arrival.length += chunk.length;
    if (arrival.buffer === undefined && !isLast) small.hold(arrival, arrival.length + perPiece * arrival.pieces);
    if (arrival.length - arrival.movedTo < progress) return;
    arrival.movedTo = arrival.length;
    arrival.movedAt = now();
  };

  const receive: BodyReceiver['receive'] = (request, report) => {
    const expected = lengthOf(request);
    const end = (received: Received) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      request.resume(); // discards what still arrives
      report(received);
      release(arrival);
    };
    const arrival: Arrival = {
      chunks: [],
      buffer: undefined,
      length: 0,
      pieces: 0,
      movedAt: now(),
      movedTo: 0,
      giveUp: () => end({ kind: 'no-room' }),
    };
    const onData = (chunk: Buffer) => {
      const length = arrival.length + chunk.length;
      arrival.pieces++;
      if (length > bodyLimit) return end({ kind: 'too-large' });
      if (arrival.pieces > bounds.pieces) return end({ kind: 'too-costly' });
      if (arrival.buffer === undefined && length > bounds.small && !becomeLarge(arrival))
        return end({ kind: 'no-room' });
      keep(arrival, chunk, length === expected);
    };
    const onEnd = () => end({ kind: 'whole', bytes: wholeOf(arrival), isLarge: arrival.buffer !== undefined });
    const onClose = () => release(arrival);
    if (expected !== undefined && expected > bodyLimit) return report({ kind: 'too-large' });
    if (expected !== undefined && expected > bounds.small && !becomeLarge(arrival)) return report({ kind: 'no-room' });
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  };
  return { receive };
}

function wholeOf({ buffer, chunks: [first = nothing, ...others], length }: Arrival): Buffer {
  if (buffer !== undefined) return buffer.subarray(0, length);
  return others.length === 0 ? first : Buffer.concat([first, ...others], length);
}

const nothing = Buffer.alloc(0);

/** Returns the Content-Length; undefined if there is none. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
