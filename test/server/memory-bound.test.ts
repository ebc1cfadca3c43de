import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { bodyBounds, bodyLimit, webhookConnections } from '../../src/server/memory-budget.ts';
import { parseAnswers } from '../fuzz/http-answers.ts';
import { reviewOf } from '../support/admission-review.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, openSocket, type WebhookClient } from '../support/webhook-client.ts';
import { scrape } from './scrape.ts';

let certificates: CertificateFolder;
let server: Awaited<ReturnType<typeof startTestServer>>;
let kept: WebhookClient;
const sockets: TLSSocket[] = [];

before(async () => {
  certificates = await makeCertificateFolder();
  server = await startTestServer(certificates);
  kept = connectWebhook(server.port, certificates.authority.certificate);
  await keptIsAnswered();
});
after(async () => {
  kept.close();
  for (const socket of sockets) socket.destroy();
  await server.stop(0);
  await certificates.remove();
});

const review = (containers = 1) =>
  JSON.stringify(
    reviewOf({
      metadata: { name: 'a', annotations: { 'downlink.dev/env': 'true' } },
      spec: { containers: Array.from({ length: containers }, (_, index) => ({ name: `c${index}` })) },
    }),
  );

async function keptIsAnswered() {
  const { status, headers } = await kept.post(review());
  assert.equal(status, 200);
  assert.equal(headers['connection'], 'keep-alive');
}

async function open(): Promise<TLSSocket> {
  const socket = await openSocket(server.port, certificates.authority.certificate);
  socket.on('error', () => {}); // the server may close it
  sockets.push(socket);
  return socket;
}

const head = (length: number) =>
  `POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

/** Returns the next `count` complete responses on a connection. */
async function answersOf(socket: TLSSocket, count: number) {
  let bytes = Buffer.alloc(0);
  while (parseAnswers(bytes).length < count) bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0]]);
  return { text: bytes.toString('latin1'), answers: parseAnswers(bytes) };
}

const counted = async (series: string) => (await scrape(server.healthPort)).samples.get(series);

test('large bodies beyond the limit get 503 with Retry-After, and their connection stays open', async () => {
  const stopped = await Promise.all(Array.from({ length: bodyBounds.allLarge / bodyLimit }, open));
  for (const socket of stopped) await new Promise((resolve) => socket.write(`${head(bodyLimit)}{`, resolve));
  await keptIsAnswered(); // by now the server has read what was sent before
  const before = await counted('downlink_bodies_refused_total{reason="no-room"}');
  const socket = await open();
  const body = review().padEnd(bodyBounds.small + 1);
  socket.write(head(body.length));
  const { text, answers } = await answersOf(socket, 1);
  assert.equal(answers[0]?.status, 503);
  assert.match(text, /^retry-after: 1\r$/im);
  assert.match(text, /^connection: keep-alive\r$/im);
  assert.equal(await counted('downlink_bodies_refused_total{reason="no-room"}'), (before ?? 0) + 1);
  await keptIsAnswered();

  socket.write(body);
  for (const one of stopped) one.destroy();
  await Promise.all(stopped.map((one) => once(one, 'close')));
  await keptIsAnswered();
  socket.write(head(body.length) + body);
  assert.equal((await answersOf(socket, 1)).answers[0]?.status, 200);
});

test('a body that would take too much heap is refused and counted', async () => {
  const client = connectWebhook(server.port, certificates.authority.certificate);
  const body = `[${'{"30":1},'.repeat(500_000)}0]`;
  assert.equal((await client.post(body)).status, 413);
  client.close();
  assert.equal(await counted('downlink_bodies_refused_total{reason="too-costly"}'), 1);
  await keptIsAnswered();
});

test('a body with one byte per chunk is refused', async () => {
  const socket = await open();
  socket.write('POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
  socket.write(`Transfer-Encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(bodyBounds.pieces + 1)}`);
  assert.equal((await answersOf(socket, 1)).answers[0]?.status, 413);
  await keptIsAnswered();
});

test('a long response arrives completely, and its connection stays open', async () => {
  const socket = await open();
  const long = review(900);
  socket.write(head(long.length) + long);
  const { answers } = await answersOf(socket, 1);
  const { response } = JSON.parse(answers[0]?.body ?? '');
  assert.equal(JSON.parse(Buffer.from(response.patch, 'base64').toString()).length, 901);
  socket.write(head(review().length) + review());
  assert.equal((await answersOf(socket, 1)).answers[0]?.status, 200);
});

test('reviews on a kept-alive connection and on a new one are answered while others open idle connections', async () => {
  let opened = 0;
  while (opened < webhookConnections.fresh + 50) {
    await Promise.all(Array.from({ length: 20 }, open));
    opened += 20;
    await keptIsAnswered();
  }
  assert.ok(((await counted('downlink_connections_dropped_total{port="webhook",reason="too-many"}')) ?? 0) >= 50);
  const fresh = connectWebhook(server.port, certificates.authority.certificate);
  assert.equal((await fresh.post(review())).status, 200);
  fresh.close();
});
