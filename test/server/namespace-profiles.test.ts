import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Profile } from '../../src/injection/profile.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { createWebhookServer } from '../../src/server/webhook-server.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf } from '../support/admission-review.ts';
import { eventually } from '../support/eventually.ts';
import { parse } from './scrape.ts';

const web: Profile = {
  name: 'web',
  values: new Map(),
  env: [{ name: 'POD', source: { kind: 'field', fieldPath: 'metadata.name' } }],
  files: undefined,
  locked: new Set(),
  hash: '00000000',
};
const pod = (annotations?: object) => ({
  metadata: { name: 'a', ...(annotations && { annotations }) },
  spec: { containers: [{ name: 'main', image: 'busybox' }] },
});

describe('POST /mutate/PROFILE', () => {
  const metrics = createMetrics(['web']);
  const lines: string[] = [];
  let server: FastifyInstance;
  before(() => {
    server = createWebhookServer({
      tls: {},
      log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
      isStopping: () => false,
      metrics,
      mutateOptions: () => ({ ...defaultOptions, profiles: new Map([['web', web]]) }),
    });
  });
  after(() => server.close());

  const post = (url: string, payload: string, type = 'application/json') =>
    server.inject({ method: 'POST', url, headers: { 'content-type': type }, payload });
  const review = JSON.stringify(reviewOf(pod()));

  test('answers like /mutate, with the query that the API server sends, and logs the profile', async () => {
    const response = await post('/mutate/web?timeout=5s', review);
    assert.equal(response.statusCode, 200);
    assert.equal(response.json().response.allowed, true);
    await post('/mutate', review);
    await eventually(() => assert.equal(lines.length, 2));
    const logged = lines.map((line) => JSON.parse(line)).map(({ msg, namespaceProfile }) => [msg, namespaceProfile]);
    assert.deepEqual(logged, [
      ['review', 'web'],
      ['review', undefined],
    ]);
  });

  test('has the same limits as /mutate', async () => {
    assert.equal((await post('/mutate/web', '{')).statusCode, 400);
    assert.equal((await post('/mutate/web', '{}')).statusCode, 400);
    assert.equal((await post('/mutate/web', review, 'text/plain')).statusCode, 415);
    assert.equal((await post('/mutate/web', ' '.repeat(20 * 1024 * 1024))).statusCode, 413);
    assert.equal((await server.inject({ method: 'GET', url: '/mutate/web' })).statusCode, 405);
  });

  test('answers 404 for a profile that the settings lack, so that failurePolicy decides, and counts nothing', async () => {
    const before = (await metrics.expose()).text;
    const written = lines.length;
    const names = ['we', 'webb', 'WEB', '__proto__', 'constructor', '%22', 'web%2F', '%2e%2e', 'web;x', 'web%00', ''];
    for (const name of [...names, 'x'.repeat(100), 'x'.repeat(101), 'x'.repeat(10_000), 'web/web', 'web/', '%zz']) {
      const response = await post(`/mutate/${name}`, review);
      assert.equal(response.statusCode, 404, name);
      assert.match(response.json().error, /^(this server has no such profile; |no such path; )/, name);
      assert.deepEqual(Object.keys(response.json()), ['error']);
      assert.ok(response.payload.length < 256, response.payload);
    }
    assert.equal(lines.length, written);
    assert.deepEqual(
      [...parse(before)].filter(([series]) => series.startsWith('downlink_')),
      [...parse((await metrics.expose()).text)].filter(([series]) => series.startsWith('downlink_')),
    );
  });
});
