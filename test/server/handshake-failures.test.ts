import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect as connectTcp, Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { pino } from 'pino';
import { handshakeFailure, handshakeFailures, reportHandshakeFailures } from '../../src/server/handshake-failures.ts';
import { issueAuthority, issueCertificate } from '../support/pem-certificates.ts';
import { type CertificateFolder, makeCertificateFolder, startTestServer } from '../support/test-server.ts';
import { scrape } from './scrape.ts';

const hour = 60 * 60 * 1000; // milliseconds

let certificates: CertificateFolder;
let open: Server;
let closed: Server;
before(async () => {
  certificates = await makeCertificateFolder();
  const [cert, key, ca] = await Promise.all(
    ['tls.crt', 'tls.key', 'ca.crt'].map((name) => readFile(join(certificates.folder, name))),
  );
  const tls = { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: 300 } as const;
  open = createServer(tls).listen(0, '127.0.0.1');
  closed = createServer({ ...tls, ca, requestCert: true, rejectUnauthorized: true }).listen(0, '127.0.0.1');
  await Promise.all([once(open, 'listening'), once(closed, 'listening')]);
});
after(async () => {
  open.close();
  closed.close();
  await certificates.remove();
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Starts a handshake with these options. */
function shakeHands(server: Server, options: ConnectionOptions): () => void {
  const socket = connect({ port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  return () => socket.destroy();
}

/** Sends bytes that are not a handshake. */
function send(server: Server, bytes: string | Buffer, end = false): () => void {
  const socket = connectTcp(portOf(server), '127.0.0.1', () => {
    socket.write(bytes);
    if (end) socket.end();
  });
  socket.on('error', () => {});
  return () => socket.destroy();
}

describe('a handshake fails', () => {
  for (const { name, act, reason } of [
    {
      name: 'because the client uses an old protocol version',
      act: () => shakeHands(open, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      reason: 'protocol',
    },
    {
      name: 'because the client has no cipher in common',
      act: () => shakeHands(open, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
      reason: 'protocol',
    },
    { name: 'because the client sends plain HTTP', act: () => send(open, 'GET / HTTP/1.1\r\n\r\n'), reason: 'not-tls' },
    {
      name: 'because the client sends HTTP for a proxy',
      act: () => send(open, 'CONNECT a:1 HTTP/1.1\r\n\r\n'),
      reason: 'not-tls',
    },
    { name: 'because the client sends noise', act: () => send(open, Buffer.alloc(300, 7)), reason: 'not-tls' },
    { name: 'because the client sends nothing', act: () => send(open, ''), reason: 'timeout' },
    { name: 'because of a port check', act: () => send(open, '', true), reason: 'closed' },
    {
      name: 'because the client has no certificate',
      act: () => shakeHands(closed, {}),
      reason: 'client-certificate',
    },
    {
      name: 'because another CA signed the certificate of the client',
      act: async () => {
        const authority = await issueAuthority('Another CA', new Date(), hour);
        const pair = await issueCertificate(authority, ['client'], new Date(), hour, 'clientAuth');
        return shakeHands(closed, { cert: pair.certificate, key: pair.privateKey });
      },
      reason: 'client-certificate',
    },
  ]) {
    test(`${name}: ${reason}`, async () => {
      const failed = Promise.race([once(open, 'tlsClientError'), once(closed, 'tlsClientError')]);
      const leave = await act();
      const [error, socket] = await failed;
      leave();
      assert.equal(handshakeFailure(error, socket.authorizationError), reason);
    });
  }

  // alerts of Go clients about a certificate that they do not trust; Node.js clients close without an alert
  for (const reason of [
    'ssl/tls alert bad certificate',
    'tlsv1 alert unknown ca',
    'ssl/tls alert certificate unknown',
    'ssl/tls alert certificate expired',
    'sslv3 alert unsupported certificate',
  ]) {
    test(`because the client sends ${reason}: certificate-refused`, () => {
      assert.equal(
        handshakeFailure(Object.assign(new Error(), { code: 'ERR_SSL', reason }), undefined),
        'certificate-refused',
      );
    });
  }

  test('for an unknown reason: other', () => {
    assert.equal(handshakeFailure(new Error('something new'), undefined), 'other');
  });
});

describe('failed handshakes are logged', () => {
  /** Starts the report with a clock that the test controls. */
  const startReport = () => {
    const lines: Record<string, unknown>[] = [];
    const counted: string[] = [];
    const waiting: (() => void)[] = [];
    const server = createServer();
    const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    reportHandshakeFailures({
      server,
      log,
      count: (reason) => counted.push(reason),
      clock: {
        schedule: (milliseconds, run) => {
          assert.equal(milliseconds, 60_000);
          waiting.push(run);
          return () => {};
        },
      },
    });
    const client = new Socket().on('error', () => {}); // Node's own listener destroys it with the error
    const fail = (code: string) =>
      server.emit('tlsClientError', Object.assign(new Error(`read ${code}`), { code }), client);
    const endMinute = () => {
      assert.equal(waiting.length, 1, 'one at a time');
      waiting.shift()?.();
    };
    return { lines, counted, waiting, fail, endMinute };
  };

  test('the first one immediately, then in one line per minute with the number for each reason', () => {
    const { lines, counted, fail, endMinute } = startReport();
    for (let count = 0; count < 1000; count++) fail('ECONNRESET');
    fail('ERR_TLS_HANDSHAKE_TIMEOUT');
    assert.equal(lines.length, 1);
    endMinute();
    assert.deepEqual(
      lines.map(({ level, msg, failures, error }) => ({ level, msg, failures, error })),
      [
        { level: 40, msg: 'TLS handshakes failed', failures: { closed: 1 }, error: 'read ECONNRESET' },
        {
          level: 40,
          msg: 'TLS handshakes failed',
          failures: { closed: 999, timeout: 1 },
          error: 'read ERR_TLS_HANDSHAKE_TIMEOUT',
        },
      ],
    );
    assert.equal(counted.length, 1001);
  });

  test('not in a minute without one, and immediately again afterwards', () => {
    const { lines, waiting, fail, endMinute } = startReport();
    fail('ECONNRESET');
    endMinute();
    assert.equal(lines.length, 1);
    assert.equal(waiting.length, 0);
    fail('ECONNRESET');
    assert.equal(lines.length, 2);
  });

  test('briefly, without the bytes that the client sent', async () => {
    const server = await startTestServer(certificates);
    const socket = connectTcp(server.port, '127.0.0.1', () =>
      socket.write(`GET /${'x'.repeat(5000)} HTTP/1.1\r\n\r\n`),
    );
    socket.on('error', () => {}).resume();
    await once(socket, 'close');
    const { samples } = await scrape(server.healthPort);
    assert.equal(samples.get('downlink_tls_handshake_failures_total{reason="not-tls"}'), 1);
    for (const reason of handshakeFailures.filter((one) => one !== 'not-tls'))
      assert.equal(samples.get(`downlink_tls_handshake_failures_total{reason="${reason}"}`), 0);
    const line = server.lines.find((one) => one.includes('handshakes')) ?? '';
    assert.deepEqual(JSON.parse(line).error, 'http request');
    assert.ok(line.length < 500);
    await server.stop(0);
  });
});
