import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { checkResponse } from './check-review.ts';
import { type ConnectionCase, requestsOf } from './connection-cases.ts';
import { type HttpAnswer, parseAnswers } from './http-answers.ts';

/** The server under test. */
export interface Target {
  readonly port: number;
  readonly ca: string;
  /** The first bytes of a TLS client. */
  readonly hello: Buffer;
  /** Milliseconds that the server waits for a request; it checks once a second. */
  readonly requestTimeout: number;
}

const patience = 30_000; // milliseconds until a wait counts as endless
const quiet = 2500; // milliseconds of silence after which the client leaves a server that need not answer

/** Runs a case and checks the answers. Returns them as short texts. Throws if a property does not hold. */
export async function runConnection(target: Target, given: ConnectionCase): Promise<readonly string[]> {
  const raw = connect(target.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => raw.once('close', () => resolve()));
  raw.on('error', () => {}); // a reset is fine, because the connection closes
  await Promise.race([once(raw, 'connect'), closed]);
  try {
    if (given.start === 'tls') return await overTls(target, given, raw, closed);
    raw.resume();
    raw.write(wrongStart(target, given));
    if (given.ending === 'reset') raw.resetAndDestroy();
    if (given.ending === 'half-close') raw.end();
    await within(closed, 'the server waits endlessly for a handshake');
    return ['no handshake'];
  } finally {
    raw.destroy();
  }
}

async function overTls(target: Target, given: ConnectionCase, raw: Socket, closed: Promise<void>) {
  const socket = connectTls({ socket: raw, servername: 'localhost', ca: target.ca });
  socket.on('error', () => {});
  await within(Promise.race([once(socket, 'secureConnect'), closed]), 'no handshake');
  const requests = requestsOf(given);
  const received: Buffer[] = [];
  let heard = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk);
    heard.resolve();
  });
  const answers = () => parseAnswers(Buffer.concat(received));
  const began = performance.now();
  await send(socket, Buffer.concat(requests.map(({ bytes }) => bytes)), given);
  const isSlow = performance.now() - began > target.requestTimeout / 2; // on a busy machine, where the server may have timed out
  switch (given.ending) {
    case 'reset':
      raw.resetAndDestroy();
      return ['reset'];
    case 'bad record':
      raw.write(Buffer.alloc(100, given.byte));
      await within(closed, 'the server continues after a bad record');
      return checkAnswers(given, answers(), false);
    case 'half-close':
      socket.end();
      await within(closed, 'the server does not close after the client has');
      return checkAnswers(given, answers(), false);
    case 'wait':
      break;
    default:
      given.ending satisfies never;
  }
  const mustClose = requests.at(-1)?.is === 'unfinished';
  const mustAnswer = requests.every(({ is }) => is === 'good') && !isSlow;
  while (!raw.destroyed && answers().length < requests.length) {
    const timeout = new AbortController();
    const waited = await Promise.race([
      heard.promise.then(() => false),
      closed.then(() => false),
      delay(mustClose || mustAnswer ? patience : quiet, true, { signal: timeout.signal }),
    ]);
    timeout.abort();
    heard = Promise.withResolvers();
    if (!waited) continue;
    assert.ok(!mustClose && !mustAnswer, `no data for ${patience} ms`);
    break;
  }
  if (!mustClose) socket.end();
  await within(closed, mustClose ? 'the server waits endlessly for the rest' : 'the server does not close');
  return checkAnswers(given, answers(), !isSlow);
}

async function send(socket: TLSSocket, bytes: Buffer, { piece, pause }: ConnectionCase): Promise<void> {
  const size = Math.max(piece === 0 ? bytes.length : piece, Math.ceil(bytes.length / 60)); // within the timeout, even on a slow machine
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size));
    if (pause > 0) await delay(pause);
  }
}

/** Checks that every 2xx answers a good request, in order, and that all good requests are answered if there are no others. */
function checkAnswers(given: ConnectionCase, answers: readonly HttpAnswer[], allOfGood: boolean): readonly string[] {
  const requests = requestsOf(given);
  let next = 0;
  for (const { status, body } of answers) {
    assert.ok(status >= 200 && status < 500, `a ${status}: ${body}`);
    if (status > 299) continue;
    const { uid } = JSON.parse(body).response;
    const found = requests.findIndex((request, index) => index >= next && request.uid === uid);
    assert.ok(found >= 0, `an answer to ${uid}, which was not sent or is already answered`);
    assert.ok(mayBeAnswered.has(given.messages[found] ?? '') || isGood(requests[found]?.is), `an answer to ${uid}`);
    checkResponse(body, uid);
    next = found + 1;
  }
  const end = requests.findIndex(({ is }) => is !== 'good');
  const owed = end < 0 ? requests.length : requests[end]?.is === 'last' && end === requests.length - 1 ? end + 1 : 0;
  if (allOfGood && owed > 0) {
    assert.deepEqual(
      answers.map(({ status }) => status),
      new Array(owed).fill(200),
    );
  }
  return answers.length === 0 ? ['closed'] : answers.map(({ status }) => String(status));
}

const isGood = (is: string | undefined) => is === 'good' || is === 'last';

/** Malformed requests that a server may nevertheless accept. */
const mayBeAnswered: ReadonlySet<string> = new Set([
  'without a host',
  'of two hosts',
  'with a folded header',
  'with bare line feeds',
  'with 3000 headers',
  'that upgrades',
  'of a type in pieces',
  'that expects what nobody has',
  'of HTTP/9.9',
  'that is compressed, as it says',
]);

function wrongStart({ hello }: Target, { start, at, byte }: ConnectionCase): Buffer {
  const changed = Buffer.from(hello);
  const index = at % hello.length;
  switch (start) {
    case 'plain':
      return Buffer.from('POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}');
    case 'nothing':
      return Buffer.alloc(0);
    case 'random':
      return Buffer.from(hello.map((value, position) => (value * (byte + 1) + position * (at + 1)) & 0xff));
    case 'hello cut':
      return hello.subarray(0, index);
    case 'hello changed':
      changed[index] = byte;
      return changed;
    case 'hello of a wrong length':
      changed.writeUInt16BE((at * 257 + byte) & 0xffff, 3);
      return changed;
    case 'tls':
      return hello;
    default:
      return start satisfies never;
  }
}

/** Rejects if the promise takes so long that it counts as endless. */
export async function within(promise: Promise<unknown>, otherwise: string): Promise<void> {
  const timeout = new AbortController();
  const late = delay(patience, true, { signal: timeout.signal }).catch(() => false);
  const isLate = await Promise.race([promise.then(() => false), late]);
  timeout.abort();
  assert.ok(!isLate, `${otherwise} (${patience} ms)`);
}

/** Returns the first bytes of a TLS client. */
export async function recordHello(): Promise<Buffer> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: '127.0.0.1', servername: 'localhost' });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}
