import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { reviewOf } from '../support/admission-review.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, openSocket, type WebhookClient } from '../support/webhook-client.ts';

let certificates: CertificateFolder;
let server: Awaited<ReturnType<typeof startTestServer>>;
let client: WebhookClient;

before(async () => {
  certificates = await makeCertificateFolder();
  server = await startTestServer(certificates);
  client = connectWebhook(server.port, certificates.authority.certificate);
});
after(async () => {
  client.close();
  await server.stop(0);
  await certificates.remove();
});

const review = (changes: object) => JSON.stringify({ ...reviewOf({}), ...changes });

for (const { name, body, error } of [
  { name: 'not JSON', body: '{"kind":', error: /not JSON/ },
  { name: 'an empty body', body: '', error: /body/ },
  { name: 'a list', body: '[]', error: /AdmissionReview, but is a list/ },
  { name: 'null', body: 'null', error: /is null/ },
  { name: 'another kind', body: review({ kind: 'Pod' }), error: /kind must be AdmissionReview, but is "Pod"/ },
  {
    name: 'another apiVersion',
    body: review({ apiVersion: 'admission.k8s.io/v1beta1' }),
    error: /must be admission.k8s.io\/v1, but is "admission.k8s.io\/v1beta1"/,
  },
  { name: 'no request', body: review({ request: undefined }), error: /request must be an object, but is missing/ },
  {
    name: 'a request that is a list',
    body: review({ request: [] }),
    error: /request must be an object, but is a list/,
  },
  {
    name: 'no uid',
    body: review({ request: { operation: 'CREATE' } }),
    error: /request.uid must be a string, but is missing/,
  },
  {
    name: 'a uid that would make the response as long as the review',
    body: review({ request: { uid: 'u'.repeat(254) } }),
    error: /request.uid must have at most 253 characters, but has 254/,
  },
  { name: 'an empty uid', body: review({ request: { uid: '' } }), error: /request.uid must be a string, but is empty/ },
]) {
  test(`${name} gets 400 and a reason`, async () => {
    const answer = await client.post(body);
    assert.equal(answer.status, 400);
    assert.match(JSON.parse(answer.body).error, error);
  });
}

for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
  test(`${method} gets 405 and the allowed method, whatever its body`, async () => {
    const answer = await client.send(method, '/mutate', method === 'GET' ? undefined : 'x', 'text/plain');
    assert.equal(answer.status, 405);
    assert.equal(answer.headers['allow'], 'POST');
  });
}

test('another path gets 404', async () => {
  const { status, body } = await client.send('POST', '/', '{}');
  assert.equal(status, 404);
  assert.match(
    JSON.parse(body).error,
    /POST an AdmissionReview to \/mutate, \/mutate\/<profile> or \/validate-workload$/,
  );
  assert.equal((await client.send('POST', '/mutate/pods', '{}')).status, 404);
});

for (const contentType of ['text/plain', 'application/yaml', 'application/x-www-form-urlencoded']) {
  test(`content type ${contentType} gets 415`, async () => {
    assert.equal((await client.post('{}', contentType)).status, 415);
  });
}

test('JSON with a charset is accepted', async () => {
  assert.equal((await client.post(JSON.stringify(reviewOf({})), 'application/json; charset=utf-8')).status, 200);
});

test('a body over 7 MiB gets 413', async () => {
  const large = connectWebhook(server.port, certificates.authority.certificate);
  const answer = await large.post(' '.repeat(7 * 1024 * 1024 + 1)).catch((error: NodeJS.ErrnoException) => error.code);
  large.close();
  // the server may close while the body is still being sent; the response then arrives too late
  if (typeof answer === 'string' || answer === undefined) assert.match(answer ?? '', /EPIPE|ECONNRESET/);
  else assert.equal(answer.status, 413);
});

test('a client that announces more than 7 MiB gets 413 before it sends them', async () => {
  const socket = await openSocket(server.port, certificates.authority.certificate);
  socket.write(
    'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n{',
  );
  const [head] = await once(socket, 'data');
  assert.match(head.toString(), /^HTTP\/1\.1 413 /);
  socket.destroy();
});

for (const { name, body } of [
  { name: 'empty objects', body: `[${'{},'.repeat(2_000_000)}{}]` },
  { name: 'nested lists', body: `${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}` },
]) {
  test(`a body of millions of ${name}, which would take all memory, gets 413`, async () => {
    assert.equal((await client.post(body)).status, 413);
  });
}

test('a large body of few values is parsed', async () => {
  const pod = { metadata: { name: 'large', annotations: { note: 'x'.repeat(3_000_000) } }, spec: {} };
  assert.equal((await client.post(JSON.stringify(reviewOf(pod)))).status, 200);
});

test('a client that sends half a body and waits is disconnected', async () => {
  const impatient = await startTestServer(certificates, {}, { request: 300 }); // milliseconds
  const socket = await openSocket(impatient.port, certificates.authority.certificate);
  socket.write(
    'POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"kind":',
  );
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 408 /);
  await impatient.stop(0);
});

const annotated = (annotations: unknown, spec: unknown = { containers: [{ name: 'main', image: 'busybox' }] }) => ({
  metadata: { name: 'hostile', annotations },
  spec,
});
const env = { 'downlink.dev/env': 'true', 'downlink.dev/volume': 'true', 'downlink.dev/ambassador': 'true' };
const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

for (const { name, pod } of [
  { name: 'no object', pod: undefined },
  { name: 'an object that is null', pod: null },
  { name: 'an object that is a string', pod: 'pod' },
  { name: 'null metadata and spec', pod: { metadata: null, spec: null } },
  { name: 'null annotations', pod: annotated(null) },
  { name: 'annotations that are a list', pod: annotated(['downlink.dev/env']) },
  {
    name: 'annotation values that are not strings',
    pod: annotated({ 'downlink.dev/env': 1, 'downlink.dev/volume': {}, other: [] }),
  },
  { name: 'no containers', pod: annotated(env, {}) },
  { name: 'an empty list of containers', pod: annotated(env, { containers: [] }) },
  { name: 'containers that are null', pod: annotated(env, { containers: [null] }) },
  { name: 'containers with the same name', pod: annotated(env, { containers: [{ name: 'a' }, { name: 'a' }] }) },
  {
    name: '10,000 annotations',
    pod: annotated({ ...env, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`key-${n}`, 'value'])) }),
  },
  {
    name: '10,000 unknown Downlink annotations',
    pod: annotated(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`downlink.dev/key-${n}`, 'value']))),
  },
  { name: 'a value of 1 MB', pod: annotated({ 'downlink.dev/env': 'a'.repeat(1_000_000) }) },
  {
    name: 'a list of 50,000 invalid items',
    pod: annotated({
      'downlink.dev/env': 'x,'.repeat(50_000) + Array.from({ length: 9_000 }, (_, n) => `v${n}`).join(),
    }),
  },
  { name: 'a path of 100,000 slashes', pod: annotated({ ...env, 'downlink.dev/volume-path': '/'.repeat(100_000) }) },
  {
    name: 'a file path of 60,000 elements',
    pod: annotated({ 'downlink.dev/volume': `${'a/'.repeat(60_000)}a=metadata.name` }),
  },
  { name: 'a name of 1 MB', pod: { ...annotated(env), metadata: { name: 'x'.repeat(1_000_000), annotations: env } } },
]) {
  test(`a pod with ${name} gets a well-formed response`, async () => {
    const answer = await client.post(JSON.stringify(reviewOf(pod)));
    assert.equal(answer.status, 200);
    const { kind, response } = JSON.parse(answer.body);
    assert.equal(kind, 'AdmissionReview');
    assert.equal(typeof response.allowed, 'boolean');
    if (!response.allowed) assert.ok(response.status.message.length > 0 && response.status.message.length < 100_000);
  });
}

for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
  test(`the key ${key} pollutes nothing, wherever it is`, async () => {
    // as text, since an object literal would set the prototype
    const body = JSON.stringify(reviewOf('POD')).replace(
      '"POD"',
      `{"metadata":{"name":"hostile","annotations":{"downlink.dev/env":"true","${key}":{"polluted":true},"downlink.dev/${key}":"x"}},
        "spec":{"${key}":{"polluted":true},"containers":[{"name":"${key}","env":[{"name":"${key}","${key}":{"polluted":true}}],"${key}":{"polluted":true}}]}}`,
    );
    const answer = await client.post(body);
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).response.allowed, false, 'an unknown annotation of ours');
    const harmless = await client.post(body.replace(`,"downlink.dev/${key}":"x"`, ''));
    assert.equal(harmless.status, 200);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
}

test('a body nested 100,000 levels deep gets a response', async () => {
  const answer = await client.post(
    JSON.stringify(reviewOf('POD')).replace(
      '"POD"',
      `{"metadata":{"annotations":{"downlink.dev/env":"true"}},"spec":{"containers":[{"name":"a","x":${deep}}]}}`,
    ),
  );
  assert.equal(answer.status, 200);
  assert.equal(JSON.parse(answer.body).response.allowed, true);
});

test('after all of that it still serves, and no log line has more than the fields of a review', async () => {
  assert.equal((await client.post(JSON.stringify(reviewOf(annotated({ 'downlink.dev/env': 'pod' }))))).status, 200);
  const allowed = [
    'level',
    'time',
    'msg',
    'uid',
    'namespace',
    'name',
    'operation',
    'outcome',
    'reason',
    'errors',
    'errorCount',
    'milliseconds',
  ];
  for (const line of server.lines.filter((one) => one.includes('"review"'))) {
    assert.deepEqual(
      Object.keys(JSON.parse(line)).filter((field) => !allowed.includes(field)),
      [],
    );
    assert.ok(line.length < 2_000);
  }
});
