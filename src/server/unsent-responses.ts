import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, systemClock } from '../time/clock.ts';
import type { ResponseBounds } from './memory-budget.ts';
import { createMemoryQuota } from './memory-quota.ts';

/** The responses that Node.js holds because their clients do not read them. */
export interface UnsentResponses {
  /**
   * Returns whether there is memory for a response of that many bytes. For a short one there always is. For a long one,
   * connections whose clients do not read are closed.
   */
  readonly hasRoom: (bytes: number) => boolean;
  /** Counts a response until it is sent. Call it after the response is written. */
  readonly add: (response: ServerResponse, bytes: number) => void;
}

/** A connection with unsent responses. */
interface Reader {
  readonly socket: Socket;
  /** Bytes of short responses. */
  short: number;
  /** Bytes of long responses. */
  long: number;
  /** When it began to have long ones, milliseconds. */
  since: number;
}

export interface UnsentResponsesOptions {
  readonly bounds: ResponseBounds;
  /** Called for each connection that is closed. */
  readonly onDrop: () => void;
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** Creates the limits on unsent responses. */
export function limitUnsentResponses(options: UnsentResponsesOptions): UnsentResponses {
  const { bounds, onDrop, clock = systemClock } = options;
  const readers = new WeakMap<Socket, Reader>();
  const close = ({ socket }: Reader) => {
    onDrop();
    socket.destroy();
  };
  const short = createMemoryQuota<Reader>(bounds.allShort, close);
  const long = createLongResponses(bounds, clock);
  const readerOf = (socket: Socket): Reader => {
    const known = readers.get(socket);
    if (known !== undefined) return known;
    const reader: Reader = { socket, short: 0, long: 0, since: 0 };
    readers.set(socket, reader);
    socket.once('close', () => {
      short.release(reader);
      long.release(reader);
    });
    return reader;
  };
  const addShort = (reader: Reader, bytes: number) => {
    reader.short += bytes;
    if (reader.short === 0) short.release(reader);
    else short.hold(reader, reader.short);
  };
  return {
    hasRoom: (bytes) => {
      if (bytes <= bounds.short) return true;
      for (const reader of long.toClose(bytes)) {
        short.release(reader);
        close(reader);
      }
      return long.hasRoom(bytes);
    },
    add: (response, bytes) => {
      const { socket } = response.req;
      const isTiny = bytes <= bounds.tiny && socket.writableLength <= 2 * bounds.tiny;
      if (socket.destroyed || response.closed || isTiny) return;
      const reader = readerOf(socket);
      const addBytes = bytes > bounds.short ? long.add : addShort;
      addBytes(reader, bytes);
      response.once('close', () => {
        if (!socket.destroyed) addBytes(reader, -bytes);
      });
    },
  };
}

/** The connections with long unsent responses, and their total. */
function createLongResponses({ allLong, patience }: ResponseBounds, clock: Pick<Clock, 'monotonic'>) {
  const readers = new Set<Reader>(); // oldest first
  let total = 0;
  const release = (reader: Reader) => {
    total -= reader.long;
    reader.long = 0;
    readers.delete(reader);
  };
  return {
    release,
    add: (reader: Reader, bytes: number) => {
      if (reader.long === 0) reader.since = clock.monotonic();
      reader.long += bytes;
      total += bytes;
      if (reader.long === 0) readers.delete(reader);
      else readers.add(reader);
    },
    hasRoom: (bytes: number) => total === 0 || total + bytes <= allLong,
    /** Releases and returns the oldest connections whose clients do not read, until there is room for a response. */
    toClose: function* (bytes: number): Generator<Reader> {
      for (const reader of readers) {
        if (total + bytes <= allLong || clock.monotonic() - reader.since < patience) return;
        release(reader);
        yield reader;
      }
    },
  };
}
