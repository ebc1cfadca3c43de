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

/** A body that is arriving, from its first byte that was kept. */
interface Arrival {
  bytes: Buffer;
  length: number;
  /** Milliseconds: when it was last {@link progress} further. */
  movedAt: number;
  movedTo: number;
  pieces: number;
  readonly giveUp: () => void;
}

const smallest = 16 * 1024; // bytes to begin with: a TLS record
const progress = 1024 * 1024; // bytes in the time of patience: with less a few trickles would keep all others out

/**
 * Receives bodies in bounded memory.
 *
 * | body                        | memory                      | where there is none                                     |
 * |-----------------------------|-----------------------------|---------------------------------------------------------|
 * | that comes in one piece     | none: it is used as it came | -                                                       |
 * | small                       | what has come, doubled      | the small one that has not moved for longest is refused |
 * | large, by length or so far  | one of a few buffers        | a large one that has stopped is refused, else this one  |
 *
 * So a small body always finds room, whatever others hold, and one that goes on arriving is not refused.
 */
export function createBodyReceiver(bounds: BodyBounds, now: () => number = () => performance.now()): BodyReceiver {
  const small = createHoldings<Arrival>(bounds.allSmall, (arrival) => arrival.giveUp());
  const large = new Map<Arrival, Buffer>();
  const free: Buffer[] = [];

  const takeLarge = (arrival: Arrival): boolean => {
    if (large.size >= bounds.large) {
      const stopped = [...large.keys()].find(({ movedAt }) => now() - movedAt >= bounds.patience);
      if (stopped === undefined) return false;
      stopped.giveUp();
    }
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(bodyLimit);
    arrival.bytes.copy(buffer, 0, 0, arrival.length);
    arrival.bytes = buffer;
    large.set(arrival, buffer);
    return true;
  };
  const release = (arrival: Arrival) => {
    small.release(arrival);
    const buffer = large.get(arrival);
    if (buffer === undefined) return;
    large.delete(arrival);
    free.push(buffer);
  };
  /** Makes room for so many bytes in all; `expected` is what the client says that it will send. */
  const makeRoom = (arrival: Arrival, needed: number, expected: number | undefined): boolean => {
    if (large.has(arrival)) return true;
    if (Math.max(needed, expected ?? 0) > bounds.small) {
      small.release(arrival);
      return takeLarge(arrival);
    }
    if (needed > arrival.bytes.length) {
      const doubled = Math.max(needed, 2 * arrival.bytes.length, smallest);
      const bytes = Buffer.allocUnsafeSlow(Math.min(doubled, expected ?? bounds.small));
      arrival.bytes.copy(bytes, 0, 0, arrival.length);
      arrival.bytes = bytes;
    }
    small.hold(arrival, arrival.bytes.length);
    return true;
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
      bytes: nothing,
      length: 0,
      movedAt: now(),
      movedTo: 0,
      pieces: 0,
      giveUp: () => end({ kind: 'no-room' }),
    };
    const onData = (chunk: Buffer) => {
      if (arrival.length === 0 && chunk.length === expected) {
        arrival.bytes = chunk;
        arrival.length = chunk.length;
        return;
      }
      const length = arrival.length + chunk.length;
      arrival.pieces++;
      if (length > bodyLimit) return end({ kind: 'too-large' });
      if (arrival.pieces > bounds.pieces) return end({ kind: 'too-costly' });
      if (!makeRoom(arrival, length, expected)) return end({ kind: 'no-room' });
      chunk.copy(arrival.bytes, arrival.length);
      arrival.length = length;
      if (length - arrival.movedTo < progress) return;
      arrival.movedTo = length;
      arrival.movedAt = now();
    };
    const onEnd = () => {
      const bytes = arrival.bytes.subarray(0, arrival.length);
      end({ kind: 'whole', bytes, isLarge: large.has(arrival) });
    };
    const onClose = () => release(arrival);
    if (expected !== undefined && expected > bodyLimit) return report({ kind: 'too-large' });
    if (expected !== undefined && expected > bounds.small && !takeLarge(arrival)) return report({ kind: 'no-room' });
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  };
  return { receive };
}

const nothing = Buffer.alloc(0);

/** What the client says that it will send; undefined where it does not say. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
