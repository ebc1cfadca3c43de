import { connect, type TLSSocket } from 'node:tls';
import { serialPlace } from './pods.ts';

/** Milliseconds that each answered request took. */
export type Latencies = readonly number[];

/** Where reviews are posted, and the CA of the server's certificate in PEM. */
export interface Endpoint {
  readonly port: number;
  readonly path: string;
  readonly ca: string;
}

const separator = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/**
 * Posts the body over kept-alive TLS connections, one request at a time on each. Each request contains a different number,
 * so that no two are for the same pod.
 */
export async function load(
  endpoint: Endpoint,
  body: string,
  connections: number,
  milliseconds: number,
): Promise<Latencies> {
  const end = performance.now() + milliseconds;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const request = numberedRequest(endpoint.path, body);
      const socket = await open(endpoint);
      while (performance.now() < end) {
        const began = performance.now();
        await exchange(socket, request());
        latencies.push(performance.now() - began);
      }
      socket.destroy();
    }),
  );
  return latencies;
}

/** Opens a new connection for each request, and returns the number of answered requests. */
export async function reconnect(
  endpoint: Endpoint,
  body: string,
  parallel: number,
  milliseconds: number,
): Promise<number> {
  const end = performance.now() + milliseconds;
  let count = 0;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      const request = numberedRequest(endpoint.path, body);
      while (performance.now() < end) {
        const socket = await open(endpoint);
        await exchange(socket, request());
        socket.destroy();
        count++;
      }
    }),
  );
  return count;
}

/** Posts the body unchanged, and returns the body of the answer. */
export async function ask(endpoint: Endpoint, body: string): Promise<string> {
  const socket = await open(endpoint);
  const answer = await exchange(socket, httpRequest(endpoint.path, body));
  socket.destroy();
  return textOf(answer);
}

let serial = 0;

/** Returns a function that returns the same buffer with the next number in it. */
function numberedRequest(path: string, body: string): () => Buffer {
  const request = httpRequest(path, body);
  const places: number[] = [];
  for (let at = request.indexOf(serialPlace); at >= 0; at = request.indexOf(serialPlace, at + 1)) places.push(at);
  return () => {
    serial++;
    const digits = String(serial).padStart(serialPlace.length, '0');
    for (const place of places) request.write(digits, place, 'latin1');
    return request;
  };
}

function httpRequest(path: string, body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}

function open({ port, ca }: Endpoint): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Sends the request and reads one answer. Rejects if its status is not 200. */
function exchange(socket: TLSSocket, request: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let start = -1; // of the body, once the head is in
    let end = -1; // of the body; stays negative if the answer is chunked
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (start < 0) {
        const head = received.indexOf(separator);
        if (head < 0) return;
        const text = received.toString('latin1', 0, head);
        if (!text.startsWith('HTTP/1.1 200')) reject(new Error(`the server answered ${text.split('\r\n', 1)[0]}`));
        start = head + separator.length;
        const length = /content-length: (\d+)/i.exec(text)?.[1];
        if (length !== undefined) end = start + Number(length);
      }
      // JSON contains no line ends, so only the last chunk can look like this
      if (end < 0 ? !received.subarray(-lastChunk.length).equals(lastChunk) : received.length < end) return;
      socket.off('data', onData);
      resolve({ isChunked: end < 0, body: received.subarray(start) });
    };
    socket.on('data', onData);
    socket.write(request);
  });
}

interface Answer {
  readonly isChunked: boolean;
  readonly body: Buffer;
}

/** Returns the text of a body. The chunks have lengths in hexadecimal digits, and the JSON in them has no line ends. */
function textOf({ isChunked, body }: Answer): string {
  const text = body.toString();
  return isChunked ? text.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/gi, '').trimEnd() : text;
}
