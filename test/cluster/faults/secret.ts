import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { defaultPolicy } from '../../../src/certificates/renewal-policy.ts';
import { eventually } from '../../support/eventually.ts';
import { encodePemState, issueAuthority, issueCertificate, type PemState } from '../../support/pem-certificates.ts';
import { accepted } from '../api.ts';
import type { Installation } from './installation.ts';
import type { LogLine, Replica } from './replica.ts';
import { servedBy } from './replicas.ts';
import { type Service, startService, withService } from './service.ts';
import type { Table } from './table.ts';

const policy = { ...defaultPolicy, activationDelay: 3000 };
const day = 24 * 60 * 60 * 1000; // milliseconds
const names = ['downlink.downlink.svc', '127.0.0.1'];
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A way to damage the Secret. */
interface Damage {
  readonly name: string;
  /** Returns the data to write into the Secret. */
  readonly data: (state: PemState) => Promise<Readonly<Record<string, string | null>>>;
  /** The expected log message. */
  readonly says: RegExp;
}

const damages: readonly Damage[] = [
  {
    name: 'garbage for a certificate',
    data: async () => ({ 'tls.crt': base64('garbage') }),
    says: /its tls\.crt contains no certificate/,
  },
  {
    name: 'an expired certificate',
    data: async ({ authorities: [certificate = ''], authorityKey }) => {
      const long = new Date(Date.now() - 10 * day);
      const expired = await issueCertificate({ certificate, privateKey: authorityKey }, names, long, day);
      return { 'tls.crt': base64(expired.certificate), 'tls.key': base64(expired.privateKey) };
    },
    says: /new certificate: the old one expired at /,
  },
  {
    name: 'a certificate that is not valid yet',
    data: async ({ authorities: [certificate = ''], authorityKey }) => {
      const later = new Date(Date.now() + 10 * day);
      const coming = await issueCertificate({ certificate, privateKey: authorityKey }, names, later, day);
      return { 'tls.crt': base64(coming.certificate), 'tls.key': base64(coming.privateKey) };
    },
    says: /new certificate: the old one is not valid before /,
  },
  {
    name: 'a certificate for clients',
    data: async ({ authorities: [certificate = ''], authorityKey }) => {
      const authority = { certificate, privateKey: authorityKey };
      const forClients = await issueCertificate(authority, names, new Date(), day, 'clientAuth');
      return { 'tls.crt': base64(forClients.certificate), 'tls.key': base64(forClients.privateKey) };
    },
    says: /new certificate: the old one has extended key usages without serverAuth/,
  },
  {
    name: 'a CA for ten years, and a certificate of it',
    data: () => stateOf(new Date(), 3650 * day),
    says: /its ca\.crt contains a CA that is valid for 3650 days; at most 365 are allowed/,
  },
  {
    name: 'a CA that is not valid yet, and a certificate of it',
    data: () => stateOf(new Date(Date.now() + 5 * day), 10 * day),
    says: /new CA and certificate/,
  },
  {
    name: "another certificate's key",
    data: async ({ authorityKey }) => ({ 'tls.key': base64(authorityKey) }),
    says: /its tls\.key is not the key of tls\.crt/,
  },
  { name: 'no key', data: async () => ({ 'tls.key': null }), says: /it has no tls\.key/ },
  {
    name: 'a CA that has expired, and a certificate of it',
    data: () => stateOf(new Date(Date.now() - 20 * day), 10 * day),
    says: /new CA and certificate/,
  },
  {
    name: 'good certificates of another CA',
    data: () => stateOf(new Date(Date.now() - 2 * day), 10 * day),
    says: /kept the CA of the serving certificate/,
  },
];

/** Tests that replicas keep serving whatever happens to the Secret, and repair it. */
export function secretTests(installation: Installation, table: Table): void {
  const { api } = installation.plane;
  describe('the Secret', () => {
    let service: Service;
    let replicas: readonly Replica[];
    before(async () => {
      service = await startService(installation);
      replicas = [await service.start({ policy }), await service.start({ policy })];
      await service.inject(2);
    });
    after(() => service.remove());

    test('is restored after it is deleted, and no pod is rejected', async () => {
      const old = await service.state();
      const counts = await service.underLoad(async () => {
        accepted(await api.remove(installation.secret));
        await eventually(async () => assert.equal((await api.get(installation.secret)).code, 200));
      });
      table.add('the Secret deleted', counts);
      assert.equal(counts.failures, 0);
      assert.ok(isDeepStrictEqual(await service.state(), old), 'not as it was');
      const { metadata } = accepted(await api.get(installation.secret));
      const [owner] =
        (metadata as { ownerReferences?: readonly { kind: string; name: string }[] }).ownerReferences ?? [];
      assert.deepEqual([owner?.kind, owner?.name], ['Deployment', 'downlink'], 'it goes with an uninstall');
    });

    for (const { name, data, says } of damages) {
      test(`with ${name} is repaired, the log says why, and no pod is rejected`, async () => {
        const damage = await data(await service.state());
        const lines = replicas.map(({ log }) => log.length);
        const since = () => replicas.flatMap(({ log }, index) => log.slice(lines[index]));
        const counts = await service.underLoad(async () => {
          await service.putSecret(damage);
          await eventually(async () => {
            assert.ok(
              since().some(({ msg }) => msg === 'wrote the Secret'),
              'nothing was written',
            );
            const { serving } = await service.state();
            for (const replica of replicas) assert.equal(await servedBy(replica), serving.certificate);
          });
        });
        table.add(`the Secret with ${name}`, counts);
        assert.equal(counts.failures, 0);
        assert.match(JSON.stringify(since().filter(({ level, msg }) => level !== 'info' || /Secret/.test(msg))), says);
      });
    }
  });

  describe('the Secret, when a replica starts,', () => {
    for (const { name, data, says } of damages.slice(0, -1)) {
      test(`with ${name} is repaired, the log says why, and the replica becomes ready`, () =>
        withService(installation, async (other) => {
          const labels = { 'app.kubernetes.io/managed-by': 'downlink' };
          const metadata = { ...installation.secret.metadata, labels };
          accepted(await api.create({ ...installation.secret, metadata, data: await stateOf(new Date(), 10 * day) }));
          await other.putSecret(await data(await other.state()));
          const replica = await other.start({ policy });
          await other.inject(1);
          assert.match(JSON.stringify(replica.log), says);
        }));
    }

    test('is not changed if it belongs to somebody else, and the replica says so', () =>
      withService(installation, async (other) => {
        const theirs = { 'tls.crt': base64('a certificate'), 'tls.key': base64('a key') };
        accepted(await api.create({ ...installation.secret, type: 'kubernetes.io/tls', data: theirs }));
        const log: LogLine[] = [];
        const starting = other.start({ policy, log });
        const says = /the Secret downlink-certificates belongs to somebody else/;
        await eventually(async () => assert.match(JSON.stringify(log), says));
        assert.deepEqual(accepted(await api.get(installation.secret))['data'], theirs);
        accepted(await api.remove(installation.secret));
        await starting;
        await other.inject(1);
      }));
  });
}

/** Returns the data of a Secret that was created at a time, with a lifetime in milliseconds. */
async function stateOf(made: Date, lifetime: number): Promise<Readonly<Record<string, string>>> {
  const authority = await issueAuthority('Downlink CA', made, lifetime);
  const serving = await issueCertificate(authority, names, made, lifetime);
  return encodePemState({ authorities: [authority.certificate], authorityKey: authority.privateKey, serving });
}
