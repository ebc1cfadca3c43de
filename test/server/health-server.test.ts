import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { createHealthServer } from '../../src/server/health-server.ts';
import { healthConnections } from '../../src/server/memory-budget.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { parse } from './scrape.ts';

const metrics = createMetrics();
const sockets: Socket[] = [];
const impatient = createHealthServer({ notReadyBecause: () => undefined, metrics: createMetrics(), timeout: 300 });
const patient = createHealthServer({ notReadyBecause: () => undefined, metrics });
before(async () => {
  for (const server of [impatient, patient]) await server.listen({ port: 0, host: '127.0.0.1' });
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of [impatient, patient]) await server.close();
});

async function open(server: FastifyInstance): Promise<Socket> {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {}); // the server may close it
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Returns everything that the server sends until it closes the connection. */
async function answerTo(text: string, server = impatient): Promise<string> {
  const socket = await open(server);
  socket.write(text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const request = (line: string, ...headers: readonly string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`;
const megabyte = 'Content-Length: 1000000';

describe('the health port', () => {
  for (const { name, text, status } of [
    { name: 'a POST whose body is being sent', text: `${request('POST /healthz', megabyte)}{`, status: 405 },
    { name: 'a POST without one', text: request('POST /healthz'), status: 405 },
    { name: 'a DELETE', text: request('DELETE /metrics'), status: 405 },
    { name: 'a POST to an unknown path', text: `${request('POST /', megabyte)}{`, status: 405 },
    { name: 'a GET whose body is being sent', text: `${request('GET /healthz', megabyte)}{`, status: 413 },
    { name: 'a GET with chunks', text: `${request('GET /readyz', 'Transfer-Encoding: chunked')}5\r\nab`, status: 413 },
    { name: 'a GET to an unknown path with a body', text: `${request('GET /', megabyte)}{`, status: 413 },
    { name: 'a body of length 0', text: request('GET /healthz', 'Content-Length: 0'), status: 200 },
    { name: 'a HEAD', text: request('HEAD /healthz'), status: 200 },
    { name: 'half a request', text: 'GET /healthz HTTP/1.1\r\nHost: loc', status: 408 },
  ]) {
    test(`answers ${name} with ${status} and closes the connection`, async () => {
      assert.match(await answerTo(text), new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  test('answers one request per connection', async () => {
    const answers = await answerTo(request('GET /metrics').repeat(1000));
    assert.equal(answers.match(/^HTTP\/1\.1 200 /gm)?.length, 1);
    assert.ok(!answers.includes('HTTP/1.1 503'));
  });

  test('closes an idle connection', async () => {
    await once((await open(impatient)).resume(), 'close');
  });

  test('accepts few connections: a new one displaces the oldest', async () => {
    const first = await open(patient);
    const closed = once(first.resume(), 'close');
    for (let count = 0; count < 2 * healthConnections.fresh; count++) await open(patient);
    await closed;
    assert.match(await answerTo(request('GET /healthz'), patient), /^HTTP\/1\.1 200 /);
    const { text } = await metrics.expose();
    const dropped = parse(text).get('downlink_connections_dropped_total{port="health",reason="too-many"}');
    assert.ok((dropped ?? 0) >= healthConnections.fresh, `${dropped}`);
  });
});
