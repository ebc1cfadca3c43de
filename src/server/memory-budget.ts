/**
 * What a server may take of the 256 MiB that its container has (the chart's memory limit), with everything at its worst
 * at once. Measured with Node 24 and the image's flags in a cgroup of that size.
 *
 * | MiB | for                                                                                                  |
 * |-----|------------------------------------------------------------------------------------------------------|
 * | 88  | the heap (`--max-old-space-size`): 20 at rest, 10 for connections, {@link maxHeapCost} for one parsed |
 * |     | body, the rest for deciding about it                                                                  |
 * | 24  | new objects: three times `--max-semi-space-size`                                                      |
 * | 15  | the program's own memory outside the heap                                                             |
 * | 74  | connections: 65 KiB each at rest, 170 once 64 KiB have come in at a time                              |
 * | 14  | large bodies that are arriving                                                                        |
 * | 8   | small bodies that are arriving                                                                        |
 * | 14  | the text of a large body while it is parsed: two bytes a character in the worst case                  |
 * | 10  | answers that are not sent                                                                             |
 *
 * The rest is for the pages of Node itself that are in use, which the kernel can drop and read again, and for sockets'
 * buffers, which cgroup v2 counts. All attacks of test/fuzz/memory-attacks.ts at once took 231 MiB.
 */
const MiB = 1024 * 1024;
const KiB = 1024;

/** Bytes of a body: object and oldObject of 3 MiB each, the API server's own limit, and 1 MiB of envelope. */
export const bodyLimit = 7 * MiB;

/**
 * Bytes of heap that a body may take when it is parsed. A pod of 3 MiB takes 12 to 31 by the estimate, managed fields
 * included; the worst that fits into 7 MiB would take 260.
 */
export const maxHeapCost = 40 * MiB;

export interface BodyBounds {
  /** Bytes up to which a body is a small one: pods of a hundred containers are. */
  readonly small: number;
  /** Bytes of small bodies that are arriving, together. */
  readonly allSmall: number;
  /** Large bodies that are arriving at once. */
  readonly large: number;
  /** Pieces that it may come in; each costs time, and TLS records of a kilobyte make 7,000. */
  readonly pieces: number;
  /** Milliseconds in which a large body must be 1 MiB further, or it makes room for another one. */
  readonly patience: number;
}

export const bodyBounds: BodyBounds = { small: 256 * KiB, allSmall: 8 * MiB, large: 2, pieces: 10_000, patience: 1000 };

export interface AnswerBounds {
  /** Bytes up to which an answer does not count where it is the only one of its connection; nearly all are so short. */
  readonly tiny: number;
  /** Bytes up to which an answer is a short one: that to a pod of twenty containers is. */
  readonly short: number;
  /** Bytes of short answers that are not sent yet, together. */
  readonly allShort: number;
  /** The same of long ones. */
  readonly allLong: number;
  /** Milliseconds for a client to read a long one, after which it makes room for another one. */
  readonly patience: number;
}

export const answerBounds: AnswerBounds = {
  tiny: 4 * KiB,
  short: 32 * KiB,
  allShort: 4 * MiB,
  allLong: 6 * MiB,
  patience: 1000,
};

export interface ConnectionBounds {
  /** Connections on which no review was answered yet, handshakes included. */
  readonly fresh: number;
  /** Connections on which one was. */
  readonly proven: number;
}

/** An API server opens as many connections as it has reviews in flight, 256 in a burst, and keeps 25 of them. */
export const webhookConnections: ConnectionBounds = { fresh: 320, proven: 128 };

/** Probes and scrapes: a few a second, each on a connection of its own. */
export const healthConnections: ConnectionBounds = { fresh: 64, proven: 0 };

/** Bytes that a client may send in an unfinished handshake: what a hello and a chain of certificates take, twice. */
export const maxHandshake = 32 * KiB;
