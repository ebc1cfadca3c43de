import type { Clock } from '../time/clock.ts';
import { type BodyBounds, bodyLimit } from './memory-budget.ts';
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
  /** Moves a body to a buffer for large ones. Returns whether one was available. */
  readonly makeLarge: (body: IncomingBody) => boolean;
  /** Keeps a piece. The last piece of a small body is not counted, because the body is used immediately. */
  readonly keep: (body: IncomingBody, chunk: Buffer, isLast: boolean) => void;
  readonly release: (body: IncomingBody) => void;
}

const perPiece = 256; // bytes of memory for a piece, in addition to its content
const progress = 1024 * 1024; // bytes in each period of patience; otherwise a few slow clients could keep the buffers

export function createBodyMemory(bounds: BodyBounds, clock: Pick<Clock, 'monotonic'>): BodyMemory {
  const small = createMemoryQuota<IncomingBody>(bounds.allSmall, (body) => body.giveUp());
  const large = new Set<IncomingBody>();
  const free: Buffer[] = [];
  return {
    makeLarge: (body) => {
      if (large.size >= bounds.large) {
        const stalled = [...large].find(({ lastProgress }) => clock.monotonic() - lastProgress >= bounds.patience);
        if (stalled === undefined) return false;
        stalled.giveUp();
      }
      small.release(body);
      body.buffer = free.pop() ?? Buffer.allocUnsafeSlow(bodyLimit);
      let end = 0;
      for (const chunk of body.chunks) end += chunk.copy(body.buffer, end);
      body.chunks = [];
      large.add(body);
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
      if (body.buffer === undefined) return;
      large.delete(body);
      free.push(body.buffer);
      body.buffer = undefined;
    },
  };
}
