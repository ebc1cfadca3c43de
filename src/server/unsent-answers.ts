import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createHoldings } from './held-memory.ts';
import type { AnswerBounds } from './memory-budget.ts';

/** Answers that Node holds because the client does not read them. */
export interface UnsentAnswers {
  /**
   * Returns whether there is memory for an answer of that many bytes. For a short one there always is. For a long one,
   * connections whose clients do not read are closed.
   */
  readonly hasRoom: (bytes: number) => boolean;
  /** Counts an answer until it is sent. Call it after the answer is written. */
  readonly given: (response: ServerResponse, bytes: number) => void;
}

/** A connection with unsent answers. */
interface Reader {
  readonly socket: Socket;
  short: number;
  long: number;
  /** Since when it has a long one, milliseconds. */
  since: number;
}

/** Creates the bounds on unsent answers. `drop` is called for each connection that is closed. */
export function createUnsentAnswers(
  bounds: AnswerBounds,
  drop: () => void,
  now: () => number = () => performance.now(),
): UnsentAnswers {
  const readers = new WeakMap<Socket, Reader>();
  const close = ({ socket }: Reader) => {
    drop();
    socket.destroy();
  };
  const short = createHoldings<Reader>(bounds.allShort, close);
  const long = new Set<Reader>(); // oldest first
  let allLong = 0;

  const readerOf = (socket: Socket): Reader => {
    const known = readers.get(socket);
    if (known !== undefined) return known;
    const reader: Reader = { socket, short: 0, long: 0, since: 0 };
    readers.set(socket, reader);
    socket.once('close', () => forget(reader));
    return reader;
  };
  const forget = (reader: Reader) => {
    short.release(reader);
    allLong -= reader.long;
    reader.long = 0;
    long.delete(reader);
  };
  const addShort = (reader: Reader, bytes: number) => {
    reader.short += bytes;
    if (reader.short === 0) short.release(reader);
    else short.hold(reader, reader.short);
  };
  const addLong = (reader: Reader, bytes: number) => {
    if (reader.long === 0) reader.since = now();
    reader.long += bytes;
    allLong += bytes;
    if (reader.long === 0) long.delete(reader);
    else long.add(reader);
  };

  return {
    hasRoom: (bytes) => {
      if (bytes <= bounds.short) return true;
      for (const reader of long) {
        if (allLong + bytes <= bounds.allLong || now() - reader.since < bounds.patience) break;
        forget(reader);
        close(reader);
      }
      return allLong === 0 || allLong + bytes <= bounds.allLong;
    },
    given: (response, bytes) => {
      const { socket } = response.req;
      if (socket.destroyed || response.closed || (bytes <= bounds.tiny && socket.writableLength <= 2 * bounds.tiny))
        return;
      const reader = readerOf(socket);
      const add = bytes > bounds.short ? addLong : addShort;
      add(reader, bytes);
      response.once('close', () => {
        if (!socket.destroyed) add(reader, -bytes);
      });
    },
  };
}
