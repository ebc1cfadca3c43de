/**
 * The memory budget of a server whose container has 256 MiB (the memory limit in the chart), with every part at its worst
 * at the same time. Measured with Node.js 24 and the flags of the image, in a cgroup of that size.
 *
 * | MiB | Used for                                                                                               |
 * |-----|--------------------------------------------------------------------------------------------------------|
 * | 88  | heap (`--max-old-space-size`): 20 at rest, 7 for remembered requests, 10 for connections,              |
 * |     | {@link maxHeapCost} for one parsed body, and the rest for the decision about it                        |
 * | 12  | new objects: three times `--max-semi-space-size`                                                       |
 * | 15  | memory of the program outside the heap                                                                 |
 * | 74  | connections: 65 KiB each at rest, 170 KiB after receiving 64 KiB at a time                              |
 * | 14  | large bodies that are being received                                                                   |
 * | 8   | small bodies that are being received                                                                   |
 * | 14  | text of a large body while it is parsed: two bytes per character in the worst case                     |
 * | 8   | texts of earlier large bodies and responses, up to {@link maxDiscardedText}                            |
 * | 10  | responses that are not sent yet                                                                        |
 *
 * The rest is for the pages of Node.js that are in use, which the kernel can drop and read again, and for socket buffers,
 * which cgroup v2 counts. All attacks of `npm run fuzz` at once used 160 to 210 MiB.
 */
const MiB = 1024 * 1024;
const KiB = 1024;

/** Bytes of a body: object and oldObject of 3 MiB each, which is the limit of the API server, and 1 MiB for the envelope. */
export const bodyLimit = 7 * MiB;

/**
 * Bytes of heap that a parsed body may take. By the estimate, a pod of 3 MiB takes at most 38 MiB, including its managed
 * fields. The worst body of 7 MiB would take 260 MiB.
 */
export const maxHeapCost = 40 * MiB;

/** Length of the large bodies and responses that are no longer needed, at which garbage is collected. */
export const maxDiscardedText = 4 * MiB;

export interface BodyBounds {
  /** Maximum bytes of a small body. The review of a pod with fifty containers is small. */
  readonly small: number;
  /** Total bytes of small bodies that are being received. */
  readonly allSmall: number;
  /** Total bytes of the buffers for large bodies: two bodies of the maximum length, or 48 of 300 KB. */
  readonly allLarge: number;
  /** Maximum pieces of a body. Each piece costs time; TLS records of 1 KiB split a body into 7,000. */
  readonly pieces: number;
  /** Milliseconds in which 1 MiB more of a large body must arrive. A slower one can be displaced. */
  readonly patience: number;
}

export const bodyBounds: BodyBounds = {
  small: 256 * KiB,
  allSmall: 8 * MiB,
  allLarge: 2 * bodyLimit,
  pieces: 10_000,
  patience: 1000,
};

export interface ResponseBounds {
  /** Bytes up to which the only response of a connection is not counted. Nearly all responses are this short. */
  readonly tiny: number;
  /** Maximum bytes of a short response. The response for a pod with twenty containers is short. */
  readonly short: number;
  /** Total bytes of short responses that are not sent yet. */
  readonly allShort: number;
  /** Total bytes of long responses that are not sent yet. */
  readonly allLong: number;
  /** Milliseconds for a client to read a long response, after which its connection can be closed. */
  readonly patience: number;
}

export const responseBounds: ResponseBounds = {
  tiny: 4 * KiB,
  short: 32 * KiB,
  allShort: 4 * MiB,
  allLong: 6 * MiB,
  patience: 1000,
};

export interface ConnectionBounds {
  /** Maximum connections without an answered review, including unfinished handshakes. */
  readonly fresh: number;
  /** Maximum connections with an answered review. */
  readonly proven: number;
}

/** An API server opens a connection for each review in flight, 256 in a burst, and keeps 25 of them. */
export const webhookConnections: ConnectionBounds = { fresh: 320, proven: 128 };

/** Probes and scrapes: a few per second, each on a new connection. */
export const healthConnections: ConnectionBounds = { fresh: 64, proven: 0 };

/** Bytes that a client may send before its handshake is complete: twice a ClientHello and a chain of certificates. */
export const maxHandshake = 32 * KiB;
