import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createHoldings } from './holdings.ts';
import { type BodyBounds, bodyLimit } from './memory-budget.ts';

/** What came of receiving a body. */
export type Received =
  /** The whole body, to be used before the call returns: the memory of a large one is used again. */
  | { readonly kind: 'whole'; readonly bytes: Buffer; readonly isLarge: boolean }
  /** Over the limit. */
  | { readonly kind: 'too-large' }
  /** In too many pieces. */
  | { readonly kind: 'too-costly' }
  /** Other bodies have the memory; a second later there may be some. */
  | { readonly kind: 'no-room' };

export interface BodyReceiver {
  /** Reports once what came of the request's body; not at all where the client goes away before its end. */
  readonly receive: (request: IncomingMessage, report: (received: Received) => void) => void;
}

/** A body that is arriving. */
interface Arrival {
  /** What has come of a small one. */
  chunks: Buffer[];
  /** What a large one is copied into. */
  buffer: Buffer | undefined;
  length: number;
  pieces: number;
  /** Milliseconds: when it was last {@link progress} further. */
  movedAt: number;
  movedTo: number;
  readonly giveUp: () => void;
}

const perPiece = 256; // bytes that a piece takes beside its content
const progress = 1024 * 1024; // bytes in the time of patience: with less a few trickles would keep all others out

/**
 * Receives bodies in bounded memory.
 *
 * | body                        | memory               | where there is none                                      |
 * |-----------------------------|----------------------|----------------------------------------------------------|
 * | small                       | what has come of it  | the small one that has not moved for longest is refused  |
 * | large, by length or so far  | one of a few buffers | a large one that has stopped is refused, else this one   |
 *
 * So a small body always finds room, whatever others hold, and one that goes on arriving is not refused.
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
  /** Takes a piece; the last one of a small body need not be counted, since the body is used at once. */
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
      request.resume(); // what still comes is dropped
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

/** What the client says that it will send; undefined where it does not say. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
