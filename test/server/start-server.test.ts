import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { systemDependencies } from '../../src/certificates/certificate-source.ts';
import { SelfCheckError } from '../../src/injection/patch/self-check.ts';
import { createMetrics } from '../../src/server/metrics/metrics.ts';
import { createWebhookServer } from '../../src/server/webhook-server.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf } from '../support/admission-review.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { issueCertificate } from '../support/pem-certificates.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, openSocket } from '../support/webhook-client.ts';
import { createInMemoryApi } from './in-memory-api.ts';

let certificates: CertificateFolder;
before(async () => {
  certificates = await makeCertificateFolder();
});
after(() => certificates.remove());

const review = JSON.stringify(reviewOf({ metadata: { name: 'a' }, spec: {} }));

/** Returns status and body of a GET on the health port. */
function get(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('the health port serves /healthz and /readyz, and no other path', async () => {
  const server = await startTestServer(certificates);
  assert.deepEqual(await get(server.healthPort, '/healthz'), { status: 200, body: 'ok\n' });
  assert.deepEqual(await get(server.healthPort, '/readyz'), { status: 200, body: 'ok\n' });
  assert.equal((await get(server.healthPort, '/mutate')).status, 404);
  await server.stop(0);
});

test('it is not ready until the API server has reported its version, and reviews are answered for that version', async () => {
  const clock = createFakeClock(new Date().toISOString());
  const api = createInMemoryApi();
  const dependencies = { ...systemDependencies(api.client()), clock };
  const server = await startTestServer(certificates, {}, {}, dependencies);
  const reason = 'the API server has not reported its version yet';
  assert.equal(server.notReadyBecause(), reason);
  assert.deepEqual(await get(server.healthPort, '/readyz'), { status: 503, body: `not ready: ${reason}\n` });
  assert.equal((await get(server.healthPort, '/healthz')).status, 200);

  const report = (minor: string) => api.put('/version', { metadata: { name: '' }, major: '1', minor });
  report('28');
  await clock.until('it is not ready', () => server.notReadyBecause() === undefined);
  assert.deepEqual(await get(server.healthPort, '/readyz'), { status: 200, body: 'ok\n' });
  const client = connectWebhook(server.port, certificates.authority.certificate);
  const annotations = { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-sidecar': 'native' };
  const pod = { metadata: { name: 'a', annotations }, spec: { containers: [{ name: 'main', image: 'busybox' }] } };
  const isAllowed = async () => JSON.parse((await client.post(JSON.stringify(reviewOf(pod)))).body).response.allowed;
  assert.equal(await isAllowed(), false, 'native sidecars need 1.29');
  report('29');
  clock.jump(60 * 60 * 1000);
  await clock.advance(0);
  assert.equal(await isAllowed(), true);
  client.close();
  await Promise.all([server.stop(0), clock.advance(0)]);
  assert.equal(clock.pending(), 0);
});

test('TLS before 1.2 is refused', async () => {
  const server = await startTestServer(certificates);
  const socket = connect({
    port: server.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  const [error] = await once(socket, 'error');
  assert.match(String(error), /protocol version|alert|unsupported/i);
  await server.stop(0);
});

test('the protocol is HTTP/1.1 even with a client that offers HTTP/2', async () => {
  const server = await startTestServer(certificates);
  const socket = await openSocket(server.port, certificates.authority.certificate, {
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  assert.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
  await server.stop(0);
});

test('with a client CA, only clients with a certificate that it signed can connect', async () => {
  const server = await startTestServer(certificates, { clientCaFile: join(certificates.folder, 'ca.crt') });
  const ca = certificates.authority.certificate;
  const hour = 60 * 60 * 1000; // milliseconds
  const own = await issueCertificate(certificates.authority, ['kube-apiserver'], new Date(), hour, 'clientAuth');
  const known = connectWebhook(server.port, ca, { cert: own.certificate, key: own.privateKey });
  assert.equal((await known.post(review)).status, 200);
  known.close();
  const anonymous = connectWebhook(server.port, ca);
  await assert.rejects(anonymous.post(review), /certificate required|ECONNRESET|socket hang up|alert/);
  anonymous.close();
  await server.stop(0);
});

test('on stop it becomes unready, continues to serve, and closes each connection with its response', async () => {
  const server = await startTestServer(certificates);
  const client = connectWebhook(server.port, certificates.authority.certificate);
  assert.equal((await client.post(review)).headers['connection'], 'keep-alive');
  const stopped = server.stop(3600);
  assert.deepEqual(await get(server.healthPort, '/readyz'), { status: 503, body: 'not ready: stopping\n' });
  assert.equal((await get(server.healthPort, '/healthz')).status, 200);
  const answer = await client.post(review);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['connection'], 'close');
  assert.equal((await client.post(review)).status, 200, 'a new connection is served, too');
  void server.stop(0); // a second call ends the wait
  await stopped;
  await assert.rejects(client.post(review), /ECONNREFUSED/);
  client.close();
});

test('stop finishes what is in flight and does not wait for idle connections', async () => {
  const server = await startTestServer(certificates);
  const idle = connectWebhook(server.port, certificates.authority.certificate);
  await idle.post(review); // stays open
  const socket = await openSocket(server.port, certificates.authority.certificate);
  const head = ['POST /mutate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Expect: 100-continue'];
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${review.length}\r\n\r\n`);
  const [goOn] = await once(socket, 'data');
  assert.match(goOn.toString(), /^HTTP\/1\.1 100 /, 'the server has the request');
  const stopped = server.stop(0);
  socket.write(review);
  const [answer] = await once(socket, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
  await stopped;
  idle.close();
  socket.destroy();
});

test('a bug results in a 500 and a log line, and the server continues to serve', async () => {
  const lines: string[] = [];
  let broken = true;
  const server = createWebhookServer({
    tls: {},
    log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
    isStopping: () => false,
    metrics: createMetrics(),
    mutateOptions: () => {
      if (broken) throw new SelfCheckError('the patch gives the pod a second volume downlink');
      return {
        ...defaultOptions,
        onInvalid: 'deny',
      };
    },
  });
  const post = () =>
    server.inject({ method: 'POST', url: '/mutate', headers: { 'content-type': 'application/json' }, payload: review });
  const answer = await post();
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json().error, 'internal error; see the log');
  assert.match(lines.join(''), /second volume downlink/);
  broken = false;
  assert.equal((await post()).statusCode, 200);
  await server.close();
});
