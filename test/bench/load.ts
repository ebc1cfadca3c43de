import { connect, type TLSSocket } from 'node:tls';
import { serialPlace } from './pods.ts';

/** Milliseconds that each answered request took. */
export type Latencies = readonly number[];

const separator = Buffer.from('\r\n\r\n');

/**
 * Posts the body over kept-alive TLS connections, one request at a time on each. Each request contains a different number,
 * so that no two are for the same pod.
 */
export async function load(
  port: number,
  ca: string,
  body: string,
  connections: number,
  milliseconds: number,
): Promise<Latencies> {
  const end = performance.now() + milliseconds;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const request = numberedRequest(body);
      const socket = await open(port, ca);
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
  port: number,
  ca: string,
  body: string,
  parallel: number,
  milliseconds: number,
): Promise<number> {
  const end = performance.now() + milliseconds;
  let count = 0;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      const request = numberedRequest(body);
      while (performance.now() < end) {
        const socket = await open(port, ca);
        await exchange(socket, request());
        socket.destroy();
        count++;
      }
    }),
  );
  return count;
}

let serial = 0;

/** Returns a function that returns the same buffer with the next number in it. */
function numberedRequest(body: string): () => Buffer {
  const request = httpRequest(body);
  const places: number[] = [];
  for (let at = request.indexOf(serialPlace); at >= 0; at = request.indexOf(serialPlace, at + 1)) places.push(at);
  return () => {
    serial++;
    const digits = String(serial).padStart(serialPlace.length, '0');
    for (const place of places) request.write(digits, place, 'latin1');
    return request;
  };
}

function httpRequest(body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}

function open(port: number, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Sends the request and reads one answer. Rejects if its status is not 200. */
function exchange(socket: TLSSocket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    let expected = -1; // bytes of head and body, once the head is in
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (expected < 0) {
        const head = received.indexOf(separator);
        if (head < 0) return;
        const text = received.toString('latin1', 0, head);
        if (!text.startsWith('HTTP/1.1 200')) reject(new Error(`the server answered ${text.split('\r\n', 1)[0]}`));
        expected = head + separator.length + Number(/content-length: (\d+)/i.exec(text)?.[1]);
      }
      if (received.length < expected) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.write(request);
  });
}
