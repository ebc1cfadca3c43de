import type { Clock } from '../time/clock.ts';
import type { BodyBounds } from './memory-budget.ts';
import { createMemoryQuota } from './memory-quota.ts';

/** A body that is being received. */
export interface IncomingBody {
  /** The pieces of a small body. */
  chunks: Buffer[];
  /** The buffer of a large body. */
  buffer: Buffer | undefined;
  length: number;
  pieces: number;
  /** When it last made {@link progress}, milliseconds. */
  lastProgress: number;
  /** Its length at that time. */
  lengthThen: number;
  /** Refuses the body, and releases its memory. */
  readonly giveUp: () => void;
}

/** The limited memory for the bodies that are being received. */
export interface BodyMemory {
  /** Moves a body to a buffer of its own, of at most that many bytes. Returns whether there is memory for it. */
  readonly makeLarge: (body: IncomingBody, bytes: number) => boolean;
  /** Keeps a piece. The last piece of a small body is not counted, because the body is used immediately. */
  readonly keep: (body: IncomingBody, chunk: Buffer, isLast: boolean) => void;
  /** Frees the memory of a body, which can no longer be used. */
  readonly release: (body: IncomingBody) => void;
}

const perPiece = 256; // bytes of memory for a piece, in addition to its content
const progress = 1024 * 1024; // bytes in each period of patience; otherwise a few slow clients could keep the buffers

export function createBodyMemory(bounds: BodyBounds, clock: Pick<Clock, 'monotonic'>): BodyMemory {
  const small = createMemoryQuota<IncomingBody>(bounds.allSmall, (body) => body.giveUp());
  const large = createLargeBodies(bounds, clock);
  return {
    makeLarge: (body, bytes) => {
      if (!large.makeRoom(bytes)) return false;
      small.release(body);
      const buffer = large.allocate(body, bytes);
      let end = 0;
      for (const chunk of body.chunks) end += chunk.copy(buffer, end);
      body.chunks = [];
      return true;
    },
    keep: (body, chunk, isLast) => {
      if (body.buffer !== undefined) chunk.copy(body.buffer, body.length);
      else body.chunks.push(chunk);
      body.length += chunk.length;
      if (body.buffer === undefined && !isLast) small.hold(body, body.length + perPiece * body.pieces);
      if (body.length - body.lengthThen < progress) return;
      body.lengthThen = body.length;
      body.lastProgress = clock.monotonic();
    },
    release: (body) => {
      small.release(body);
      large.release(body);
    },
  };
}

/** Creates the buffers of the large bodies, whose total length is limited. */
function createLargeBodies({ allLarge, patience }: BodyBounds, clock: Pick<Clock, 'monotonic'>) {
  const bodies = new Map<IncomingBody, Buffer<ArrayBuffer>>(); // oldest first
  let total = 0;
  const isStalled = ({ lastProgress }: IncomingBody) => clock.monotonic() - lastProgress >= patience;
  return {
    /** Gives up as many stalled bodies as necessary, or none if even all of them would not be enough. */
    makeRoom: (bytes: number): boolean => {
      const stalled = [...bodies].filter(([body]) => isStalled(body));
      const least = stalled.reduce((rest, [, { length }]) => rest - length, total);
      if (least + bytes > allLarge) return false;
      for (const [body] of stalled) {
        if (total + bytes <= allLarge) return true;
        body.giveUp();
      }
      return true;
    },
    allocate: (body: IncomingBody, bytes: number): Buffer => {
      const buffer = Buffer.allocUnsafeSlow(bytes);
      body.buffer = buffer;
      bodies.set(body, buffer);
      total += bytes;
      return buffer;
    },
    release: (body: IncomingBody) => {
      const buffer = bodies.get(body);
      if (buffer === undefined) return;
      total -= buffer.length;
      bodies.delete(body);
      body.buffer = undefined;
      buffer.buffer.transfer(0); // frees the memory now; garbage collection would do it later, after many more bodies
    },
  };
}
