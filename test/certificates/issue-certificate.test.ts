import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { encodeCaBundle } from '../../src/certificates/certificate.ts';
import { issueAuthority, issueCertificate } from '../../src/certificates/issue-certificate.ts';

const day = 24 * 60 * 60 * 1000; // milliseconds
const now = new Date('2026-11-22T12:00:00Z');

const authority = await issueAuthority({ commonName: 'Test CA', now, lifetime: 10 * day });
const pair = await issueCertificate(authority, {
  names: ['downlink.downlink.svc', '127.0.0.1', '::1'],
  now,
  lifetime: 5 * day,
});
const ca = authority.certificate.x509;
const leaf = pair.certificate.x509;

test('a leaf is signed by its CA and by no other', async () => {
  assert.ok(leaf.checkIssued(ca));
  assert.ok(leaf.verify(ca.publicKey));
  const other = await issueAuthority({ commonName: 'Test CA', now, lifetime: day });
  assert.ok(!leaf.verify(other.certificate.x509.publicKey));
});

test('it is valid from 48 hours before its issue, for clocks that differ, to the end of its lifetime', () => {
  assert.equal(leaf.validFromDate.toISOString(), '2026-11-20T12:00:00.000Z');
  assert.equal(leaf.validToDate.toISOString(), '2026-11-27T12:00:00.000Z');
  assert.equal(ca.validToDate.toISOString(), '2026-12-02T12:00:00.000Z');
});

test('it has the names as alternative names, and may serve but not sign', () => {
  assert.equal(leaf.subjectAltName, 'DNS:downlink.downlink.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'serverAuth');
  assert.equal(leaf.ca, false);
  assert.equal(ca.ca, true);
});

test('keys have 2048 bits and serials are random', async () => {
  assert.equal(leaf.publicKey.asymmetricKeyType, 'rsa');
  assert.equal(leaf.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  assert.match(leaf.serialNumber, /^[0-9A-F]{32}$/);
  const second = await issueCertificate(authority, { names: ['downlink.downlink.svc'], now, lifetime: day });
  assert.notEqual(second.certificate.x509.serialNumber, leaf.serialNumber);
});

test('a name that is too long for a common name can be used', async () => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.svc`;
  const { certificate } = await issueCertificate(authority, { names: [long], now, lifetime: day });
  assert.equal(certificate.x509.checkHost(long), long);
});

test('a TLS client that trusts the caBundle alone connects', async () => {
  const today = new Date();
  const root = await issueAuthority({ commonName: 'Test CA', now: today, lifetime: day });
  const { certificate, privateKey } = await issueCertificate(root, {
    names: ['localhost'],
    now: today,
    lifetime: day,
  });
  const server = createServer({ cert: certificate.pem, key: privateKey }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trusted = Buffer.from(encodeCaBundle([root.certificate]), 'base64').toString();
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: trusted });
  await once(socket, 'secureConnect');
  assert.ok(socket.authorized);
  socket.destroy();
  server.close();
});
