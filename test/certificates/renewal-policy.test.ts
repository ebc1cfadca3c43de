import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import type forge from 'node-forge';
import {
  type Certificate,
  type CertificateList,
  formatCertificates,
  includesCertificate,
  signerOf,
} from '../../src/certificates/certificate.ts';
import { type CertificateState, decodeState, encodeState } from '../../src/certificates/certificate-state.ts';
import { issueAuthority, issueCertificate, type Randomness } from '../../src/certificates/issue-certificate.ts';
import { defaultPolicy, nextRenewal, outlivesPolicy, refusalOf, renew } from '../../src/certificates/renewal-policy.ts';
import { fromPem, toPem } from '../support/pem-certificates.ts';
import { signedAgain } from './signed-again.ts';

const minute = 60 * 1000; // milliseconds
const day = 24 * 60 * minute;
const start = new Date('2026-11-22T12:00:00Z');
const names = ['downlink.downlink.svc'];
const later = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);

/** Returns keys from a small stock and serial numbers in sequence: fast, and reproducible. */
function stockRandomness(): Randomness {
  const stock = Array.from({ length: 5 }, () =>
    generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }),
  );
  let count = 0;
  const next = () => {
    count++;
    const keys = stock[count % stock.length];
    assert.ok(keys);
    return Promise.resolve(keys);
  };
  return { keys: next, serial: () => (0x40000000 + count).toString(16) };
}
const randomness = stockRandomness();
const renewAt = (state: CertificateState | undefined, now: Date, forNames = names) =>
  renew(state, { names: forNames, now, policy: defaultPolicy, randomness });

/** Renews until nothing changes, as the server does. */
async function settle(state: CertificateState | undefined, now: Date): Promise<CertificateState> {
  const { state: next, change } = await renewAt(state, now);
  return change === undefined ? next : settle(next, now);
}

const isSigned = (leaf: Certificate, authorities: readonly Certificate[]) => signerOf(leaf, authorities) !== undefined;

test('without a state, a CA and a certificate are issued, and then nothing changes', async () => {
  const { state, change } = await renewAt(undefined, start);
  assert.equal(change, 'new CA and certificate');
  assert.equal(state.authorities.length, 1);
  assert.ok(isSigned(state.serving.certificate, state.authorities));
  assert.deepEqual(await renewAt(state, later(start, minute)), { state, change: undefined });
});

test('at two thirds of its lifetime, the certificate is renewed by the same CA', async () => {
  const first = await settle(undefined, start);
  assert.equal((await renewAt(first, later(start, 20 * day - minute))).change, undefined);
  const { state, change } = await renewAt(first, later(start, 20 * day + minute));
  assert.equal(change, 'new certificate: two thirds of its lifetime have passed');
  assert.equal(formatCertificates(state.authorities), formatCertificates(first.authorities));
  assert.notEqual(state.serving.certificate, first.serving.certificate);
});

test('a new CA is trusted for five minutes before its first certificate is served, and the old one until it expires', async () => {
  const first = await settle(undefined, start);
  const due = later(start, (365 * day * 2) / 3 + minute);
  const fresh = await settle(first, later(due, -20 * day)); // its certificate is due for renewal at the same time
  const { state: both, change } = await renewAt(fresh, due);
  assert.equal(change, 'new CA');
  assert.equal(both.authorities.length, 2);
  assert.equal(both.serving.certificate, fresh.serving.certificate, 'the old certificate is still served');
  assert.deepEqual(nextRenewal(both, defaultPolicy), later(due, 5 * minute));
  assert.equal((await renewAt(both, later(due, 5 * minute - 1000))).change, undefined);
  const { state: switched, change: reason } = await renewAt(both, later(due, 5 * minute));
  assert.equal(reason, 'new certificate: the CA is new');
  assert.ok(isSigned(switched.serving.certificate, switched.authorities.slice(0, 1)));
  assert.equal(switched.authorities[1], first.authorities[0], 'the old CA stays');
  const end = await settle(switched, later(start, 365 * day + minute));
  assert.equal(end.authorities.length, 1);
});

test('over ten years, every certificate is valid, and trusted by clients whose caBundle is five minutes old', async () => {
  let state = await settle(undefined, start);
  let now = start;
  let changes = 0;
  let trusted: readonly Certificate[] = state.authorities; // the caBundle of an API server that is five minutes late
  while (now < later(start, 3650 * day)) {
    const due = nextRenewal(state, defaultPolicy);
    assert.ok(due > now, 'it always moves on');
    const sinceLast = due.getTime() - now.getTime();
    if (sinceLast >= 5 * minute) trusted = state.authorities;
    now = due;
    const leaf = state.serving.certificate.x509;
    assert.ok(leaf.validToDate > now && leaf.validFromDate < now);
    const { state: next, change } = await renewAt(state, now);
    assert.notEqual(change, undefined, 'there is something to do when it says so');
    assert.ok(isSigned(next.serving.certificate, trusted), `${now.toISOString()}: ${change}`);
    assert.ok(next.authorities.length <= 2);
    state = next;
    changes++;
  }
  assert.ok(changes > 150, `${changes} changes`);
});

test('an expired certificate, a certificate for other names, and an expired CA are replaced immediately', async () => {
  const first = await settle(undefined, start);
  assert.match(
    (await renewAt(first, later(start, 31 * day))).change ?? '',
    /^new certificate: the old one expired at /,
  );
  assert.match(
    (await renewAt(first, start, ['other.downlink.svc'])).change ?? '',
    /^new certificate: the old one is for "downlink\.downlink\.svc", and the API server calls other\.downlink\.svc/,
  );
  const { state, change } = await renewAt(first, later(start, 400 * day));
  assert.equal(change, 'new CA and certificate');
  assert.equal(state.authorities.length, 1);
});

describe('what a replica with another clock has issued', () => {
  test('a certificate that is not valid yet is replaced immediately, and its CA stays', async () => {
    const { authorities, authorityKey } = await settle(undefined, start);
    const authority = { certificate: authorities[0], privateKey: authorityKey };
    const serving = await issueCertificate(authority, {
      names,
      now: later(start, 5 * day),
      lifetime: day,
      randomness,
    });
    const { state, change } = await renewAt({ authorities, authorityKey, serving }, start);
    assert.match(change ?? '', /^new certificate: the old one is not valid before 2026-11-25T/);
    assert.equal(formatCertificates(state.authorities), formatCertificates(authorities));
    assert.equal(refusalOf(state, names, start), undefined);
  });

  test('a CA that is not valid yet is replaced immediately, and is no longer trusted', async () => {
    const coming = await settle(undefined, later(start, 5 * day));
    const { state, change } = await renewAt(coming, start);
    assert.equal(change, 'new CA and certificate');
    assert.equal(state.authorities.length, 1);
    assert.ok(!includesCertificate(state.authorities, coming.authorities[0]));
    assert.equal(refusalOf(state, names, start), undefined);
  });

  test('an older CA that is not valid yet is removed', async () => {
    const first = await settle(undefined, start);
    const coming = await settle(undefined, later(start, 5 * day));
    const { state } = await renewAt({ ...first, authorities: [...first.authorities, ...coming.authorities] }, start);
    assert.equal(formatCertificates(state.authorities), formatCertificates(first.authorities));
  });
});

for (const { name, change, says } of [
  {
    name: 'without a subject alternative name',
    change: (one: forge.pki.Certificate) => one.setExtensions([]),
    says: /has no subject alternative name/,
  },
  {
    name: 'for clients alone',
    change: (one: forge.pki.Certificate) => {
      const others = one.extensions.filter((extension) => extension.name !== 'extKeyUsage');
      one.setExtensions([...others, { name: 'extKeyUsage', clientAuth: true }]);
    },
    says: /without serverAuth/,
  },
])
  test(`a certificate ${name} that somebody has put there is replaced immediately`, async () => {
    const first = await settle(undefined, start);
    const authority = { certificate: first.authorities[0].pem, privateKey: first.authorityKey };
    const serving = fromPem(signedAgain(toPem(first.serving), authority, change));
    const renewed = await renewAt({ ...first, serving }, start);
    assert.match(renewed.change ?? '', says);
    assert.equal(refusalOf(renewed.state, names, start), undefined);
  });

test('a CA that may not sign certificates is replaced immediately', async () => {
  const first = await settle(undefined, start);
  const authority = { certificate: first.authorities[0].pem, privateKey: first.authorityKey };
  const { certificate: other } = fromPem(
    signedAgain(authority, authority, (one) => one.setExtensions([{ name: 'basicConstraints', cA: false }])),
  );
  const given: CertificateState = { ...first, authorities: [other] };
  assert.equal(refusalOf(given, names, start), 'is not signed by a valid CA');
  const { state, change } = await renewAt(given, start);
  assert.equal(change, 'new CA and certificate');
  assert.ok(!includesCertificate(state.authorities, other));
  assert.equal(refusalOf(state, names, start), undefined);
});

for (const { name, years, problem } of [
  { name: 'as long as the policy allows', years: 1, problem: undefined },
  {
    name: 'for ten years',
    years: 10,
    problem: 'its ca.crt contains a CA that is valid for 3650 days; at most 365 are allowed',
  },
])
  test(`a CA that is valid ${name} is ${problem === undefined ? 'good' : 'a problem'}, at any position`, async () => {
    const first = await settle(undefined, start);
    const lifetime = years * 365 * day;
    const other = await issueAuthority({ commonName: 'Downlink CA', now: start, lifetime, randomness });
    const lists: readonly CertificateList[] = [
      [other.certificate, ...first.authorities],
      [...first.authorities, other.certificate],
    ];
    for (const authorities of lists) assert.equal(outlivesPolicy({ ...first, authorities }, defaultPolicy), problem);
  });

test('a replica whose clock is a day ahead changes nothing early, and what it issues is valid for the others', async () => {
  const first = await settle(undefined, start);
  assert.equal((await renewAt(first, later(start, day))).change, undefined);
  const ahead = await settle(undefined, later(start, day));
  assert.ok(ahead.serving.certificate.x509.validFromDate < start);
  assert.ok(ahead.authorities[0].x509.validFromDate < start);
  assert.equal((await renewAt(ahead, start)).change, undefined);
});

test('a state can be stored in a Secret and read again', async () => {
  const state = await settle(undefined, start);
  const decoded = decodeState(encodeState(state));
  assert.equal(decoded.kind, 'state');
  assert.deepEqual(decoded.kind === 'state' && encodeState(decoded.state), encodeState(state));
});

const state = await settle(undefined, start);
const other = await settle(undefined, later(start, day));
const base64 = (text: string) => Buffer.from(text).toString('base64');
for (const { name, data, problem } of [
  { name: 'without data', data: undefined, problem: 'it has no ca.crt' },
  { name: 'without a key', data: { ...encodeState(state), 'tls.key': undefined }, problem: 'it has no tls.key' },
  {
    name: 'with garbage for its CA',
    data: { ...encodeState(state), 'ca.crt': base64('garbage') },
    problem: 'its ca.crt contains no certificate or a damaged one',
  },
  {
    name: 'with a damaged CA',
    data: { ...encodeState(state), 'ca.crt': base64(state.authorities[0].pem.replace(/\n.{20}/, '\nAAAA')) },
    problem: 'its ca.crt contains no certificate or a damaged one',
  },
  {
    name: "with another CA's key",
    data: { ...encodeState(state), 'ca.key': encodeState(other)['ca.key'] },
    problem: 'its ca.key is not the key of ca.crt',
  },
  {
    name: 'with garbage for its certificate',
    data: { ...encodeState(state), 'tls.crt': base64('garbage') },
    problem: 'its tls.crt contains no certificate or a damaged one',
  },
  {
    name: 'with a damaged certificate after its own',
    data: {
      ...encodeState(state),
      'tls.crt': base64(state.serving.certificate.pem + state.authorities[0].pem.replace(/\n.{20}/, '\nAAAA')),
    },
    problem: 'its tls.crt contains no certificate or a damaged one',
  },
  {
    name: "with another certificate's key",
    data: { ...encodeState(state), 'tls.key': encodeState(other)['tls.key'] },
    problem: 'its tls.key is not the key of tls.crt',
  },
  {
    name: 'with a certificate of another CA',
    data: { ...encodeState(state), 'tls.crt': encodeState(other)['tls.crt'], 'tls.key': encodeState(other)['tls.key'] },
    problem: 'its tls.crt is not signed by a CA in ca.crt',
  },
]) {
  test(`a Secret ${name} is a failure: ${problem}`, () =>
    assert.deepEqual(decodeState(data), { kind: 'failure', problem }));
}
