import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { reviewOf } from '../support/admission-review.ts';

/** The server under attack. */
export interface AttackTarget {
  readonly port: number;
  readonly healthPort: number;
}

/** An attack on the ports of a server. Its sockets stay open until `leave`. */
export interface Attack {
  readonly name: string;
  readonly run: (target: AttackTarget, crowd: Crowd) => Promise<void>;
}

/** The clients of an attack. */
export interface Crowd {
  /** Opens a TLS connection; undefined if the server closes it. */
  readonly tls: (port: number) => Promise<Socket | undefined>;
  readonly tcp: (port: number) => Promise<Socket | undefined>;
  readonly leave: () => void;
}

const mebibyte = 1024 * 1024;
const parallel = 64;

export function gatherCrowd(): Crowd {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, event: string) =>
    new Promise<Socket | undefined>((resolve) => {
      sockets.add(socket);
      socket.on('error', () => {}); // the server may close it
      socket.once('close', () => {
        sockets.delete(socket);
        resolve(undefined);
      });
      socket.once(event, () => resolve(socket));
    });
  return {
    tls: (port) =>
      keep(connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }), 'secureConnect'),
    tcp: (port) => keep(connectTcp(port, '127.0.0.1'), 'connect'),
    leave: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Posts a body and returns the status, or undefined if the connection closes without an answer. */
export async function postOnce(socket: Socket | undefined, body: Buffer): Promise<number | undefined> {
  if (socket === undefined) return undefined;
  socket.write(head(body.length));
  socket.write(body);
  const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [undefined])]).catch(
    () => [undefined],
  );
  return answer === undefined ? undefined : Number(/^HTTP\/1\.1 (\d{3}) /.exec(String(answer))?.[1]);
}

const head = (length: number) =>
  `POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
const pod = (containers: number) => ({
  metadata: { name: 'a', annotations: { 'downlink.dev/env': 'true' } },
  spec: { containers: Array.from({ length: containers }, (_, index) => ({ name: `c${index}` })) },
});
const review = (containers = 1) => Buffer.from(JSON.stringify(reviewOf(pod(containers))));
const padded = (bytes: number) => Buffer.concat([review(), Buffer.alloc(bytes, ' ')]);
/** Returns a review whose object is the value. */
const around = (value: string) => Buffer.from(JSON.stringify(reviewOf('HERE')).replace('"HERE"', () => value));

async function times(count: number, act: () => Promise<unknown>, atOnce = parallel): Promise<void> {
  let left = count;
  const work = async () => {
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
}

/** Returns an incomplete ClientHello of 127 KB. */
function endlessHello(): Buffer {
  const hello = Buffer.concat([Buffer.from([1, 1, 0xf0, 0, 3, 3]), Buffer.alloc(100_000)]);
  const records: Buffer[] = [];
  for (let at = 0; at < hello.length; at += 16_384) {
    const part = hello.subarray(at, at + 16_384);
    records.push(Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

const bodiesAtOnce = (name: string, body: () => Buffer): Attack => ({
  name,
  run: async ({ port }, crowd) => {
    const sent = body();
    await times(32, async () => postOnce(await crowd.tls(port), sent), 32);
  },
});

const left = (name: string, count: number, text: () => Buffer | string): Attack => ({
  name,
  run: async ({ port }, crowd) => {
    const sent = text();
    await times(count, async () => {
      const socket = await crowd.tls(port);
      if (sent.length > 0) socket?.write(sent);
    });
  },
});

export const attacks: readonly Attack[] = [
  bodiesAtOnce('32 bodies of 7 MiB at once', () => padded(6.9 * mebibyte)),
  bodiesAtOnce('32 bodies of 7 MiB of two bytes a character', () => around(`"${'x'.repeat(6.9 * mebibyte)}中"`)),
  bodiesAtOnce('32 bodies of nested maps', () => around(`[${'{"a":{}},'.repeat(750_000)}0]`)),
  bodiesAtOnce('32 bodies of as many maps as the server accepts', () =>
    Buffer.concat([around(`[${'{},'.repeat(450_000)}0]`), Buffer.alloc(5.5 * mebibyte, ' ')]),
  ),
  left('32 bodies in chunks of one byte', 32, () => {
    const chunked =
      'POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    return chunked + '1\r\n \r\n'.repeat(100_000);
  }),
  left('4,000 idle connections', 4000, () => ''),
  left('1,000 connections with half a head', 1000, () => `POST /mutate HTTP/1.1\r\nX: ${'a'.repeat(15_900)}`),
  left('1,000 connections with the head of a body of 7 MiB', 1000, () => `${head(7_000_000)}{`),
  left('1,000 connections with most of a small body', 1000, () => head(260_000) + ' '.repeat(259_000)),
  {
    name: '600 connections with a review of 250 kB each',
    run: async ({ port }, crowd) => {
      const body = padded(250_000);
      await times(600, async () => postOnce(await crowd.tls(port), body));
    },
  },
  {
    name: '100 clients that do not read long answers',
    run: async ({ port }, crowd) => {
      const body = review(800);
      await times(100, async () => {
        const socket = (await crowd.tls(port))?.pause();
        socket?.write(Buffer.concat([Buffer.from(head(body.length)), body]));
      });
    },
  },
  {
    name: '600 handshakes with a ClientHello of 127 kB',
    run: async ({ port }, crowd) => {
      const hello = endlessHello();
      await times(600, async () => (await crowd.tcp(port))?.resume().write(hello));
    },
  },
  {
    name: '4,000 connections without a handshake',
    run: async ({ port }, crowd) => times(4000, () => crowd.tcp(port)),
  },
  {
    name: '300 half-sent POSTs on the health port',
    run: async ({ healthPort }, crowd) => {
      const text = `POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n${' '.repeat(990_000)}`;
      await times(300, async () => (await crowd.tcp(healthPort))?.resume().write(text));
    },
  },
  {
    name: '200 connections that request metrics a hundred times at once',
    run: async ({ healthPort }, crowd) => {
      const text = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100);
      await times(200, async () => (await crowd.tcp(healthPort))?.pause().write(text));
    },
  },
];
