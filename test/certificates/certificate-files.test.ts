import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CertificateError, loadServingPair } from '../../src/certificates/certificate-files.ts';
import { type Dependencies, systemDependencies } from '../../src/certificates/certificate-source.ts';
import { systemClock } from '../../src/time/clock.ts';
import { scrape } from '../server/scrape.ts';
import { reviewOf } from '../support/admission-review.ts';
import { eventually } from '../support/eventually.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  issueAuthority,
  issueCertificate,
  type PemPair,
  toPem,
  writeCertificates,
} from '../support/pem-certificates.ts';
import { type CertificateFolder, startTestServer } from '../support/test-server.ts';
import { connectWebhook, openSocket } from '../support/webhook-client.ts';
import { type CertificateRequest, issueByOpenssl } from './openssl.ts';

const hour = 60 * 60 * 1000; // milliseconds
const authority = await issueAuthority('Downlink test CA', new Date(), hour);
const issue = (now = new Date()) => issueCertificate(authority, ['localhost', '127.0.0.1'], now, hour);
const [first, second, expired, coming] = await Promise.all([
  issue(),
  issue(),
  issue(new Date(Date.now() - 2 * hour)),
  issue(new Date(Date.now() + 72 * hour)),
]);
const review = JSON.stringify(reviewOf({ metadata: { name: 'a' }, spec: {} }));

/** Returns a private key of another type than the certificates here have, which is RSA. */
function ellipticKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
const rsaOf = (bits: number) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];

async function writeByOpenssl(folder: string, request: CertificateRequest): Promise<void> {
  await writeCertificates(folder, authority.certificate, await issueByOpenssl({ ...request, issuer: authority }));
}

/** Runs a test in a folder that contains the first pair. */
async function inFolder(use: (certificates: CertificateFolder) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-files-'));
  const remove = () => rm(folder, { recursive: true });
  try {
    await writeCertificates(folder, authority.certificate, first);
    await use({ folder, authority, remove });
  } finally {
    await remove();
  }
}

/** Returns the certificate that a new connection gets, as PEM. */
async function servedAt(port: number): Promise<string> {
  const socket = await openSocket(port, authority.certificate);
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return certificate?.toString() ?? '';
}

/** Waits until new connections get that certificate. */
const isServed = (port: number, { certificate }: PemPair) =>
  eventually(async () => assert.equal(await servedAt(port), certificate));

/** Waits until the log has a line that matches. */
const isLogged = (lines: readonly string[], says: RegExp | string) =>
  eventually(async () =>
    assert.ok(
      lines.some((line) => (typeof says === 'string' ? line.includes(says) : says.test(line))),
      `not logged: ${says}`,
    ),
  );

/** A clock whose timers run twenty times as fast, so that changed files are soon read. */
const dependencies: Dependencies = {
  ...systemDependencies(undefined),
  clock: { ...systemClock, schedule: (milliseconds, run) => systemClock.schedule(milliseconds / 20, run) },
};
const start = (certificates: CertificateFolder, flags = {}) =>
  startTestServer(certificates, flags, undefined, dependencies);

/** Updates a pair as the kubelet updates a Secret in a volume: by replacing the link `..data`. */
async function mountSecret(volume: string, name: string, pair: PemPair): Promise<void> {
  await mkdir(join(volume, name));
  await writeCertificates(join(volume, name), authority.certificate, pair);
  await symlink(name, join(volume, '..data_tmp'));
  await rename(join(volume, '..data_tmp'), join(volume, '..data'));
}

test('a new pair is served without a dropped connection or a failed request', () =>
  inFolder(async (certificates) => {
    const server = await start(certificates);
    const kept = await openSocket(server.port, authority.certificate);
    let closed = false;
    kept.once('close', () => {
      closed = true;
    });
    const client = connectWebhook(server.port, authority.certificate);
    let swapped = false;
    const posting = (async () => {
      let count = 0;
      for (; !swapped; count++) assert.equal((await client.post(review)).status, 200);
      return count;
    })();
    await writeCertificates(certificates.folder, authority.certificate, second);
    await isServed(server.port, second);
    swapped = true;
    assert.ok((await posting) > 0);
    assert.equal(closed, false, 'the open connection stays');
    kept.write(`POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`);
    kept.write(`Content-Length: ${review.length}\r\n\r\n${review}`);
    const [answer] = await once(kept, 'data');
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    kept.destroy();
    client.close();
    await server.stop(0);
  }));

test('a Secret in a volume is followed through the swap of its ..data link', () =>
  inFolder(async (certificates) => {
    const volume = join(certificates.folder, 'volume');
    await mkdir(volume);
    await mountSecret(volume, '..2026_01', first);
    for (const file of ['tls.crt', 'tls.key']) await symlink(join('..data', file), join(volume, file));
    const flags = { tlsCertFile: join(volume, 'tls.crt'), tlsPrivateKeyFile: join(volume, 'tls.key') };
    const server = await start(certificates, flags);
    assert.equal(await servedAt(server.port), first.certificate);
    for (const [name, pair] of [
      ['..2026_02', second],
      ['..2026_03', first],
    ] as const) {
      await mountSecret(volume, name, pair);
      await isServed(server.port, pair);
    }
    assert.doesNotMatch(server.lines.join(''), /cannot be used/);
    await server.stop(0);
  }));

test('a pair that is renewed while its two files are read is read again', () =>
  inFolder(async ({ folder }) => {
    const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'pipe.key')];
    await promisify(execFile)('mkfifo', [keyFile]); // a reader blocks until there is a writer
    const loading = loadServingPair({ certFile, keyFile, names: [] }, new Date());
    const pipe = await open(keyFile, 'w'); // opens when the certificate has been read
    await writeCertificates(folder, authority.certificate, second);
    await rename(join(folder, 'tls.key'), keyFile);
    await pipe.writeFile(second.privateKey);
    await pipe.close();
    assert.deepEqual(toPem(await loading), second);
  }));

interface BadPair {
  readonly name: string;
  readonly write: (folder: string) => Promise<void>;
  /** The message about it. */
  readonly says: RegExp;
}

const badPairs: readonly BadPair[] = [
  {
    name: 'garbage for a certificate',
    write: (folder) => writeFile(join(folder, 'tls.crt'), 'garbage'),
    says: /tls\.crt contains no certificate in PEM form/,
  },
  {
    name: 'garbage for a key',
    write: (folder) => writeFile(join(folder, 'tls.key'), 'garbage'),
    says: /tls\.key contains no unencrypted private key in PEM form/,
  },
  {
    name: 'a key of another algorithm',
    write: (folder) => writeFile(join(folder, 'tls.key'), ellipticKey()),
    says: /tls\.key is not the private key of .*tls\.crt/,
  },
  {
    name: 'a chain that begins with the certificate of the CA',
    write: (folder) => writeFile(join(folder, 'tls.crt'), authority.certificate + first.certificate),
    says: /tls\.key is not the private key of .*tls\.crt, or not of the first certificate in it/,
  },
  {
    name: "another certificate's key",
    write: (folder) => writeFile(join(folder, 'tls.key'), second.privateKey),
    says: /tls\.key is not the private key of .*tls\.crt/,
  },
  {
    name: 'an expired certificate',
    write: (folder) => writeCertificates(folder, authority.certificate, expired),
    says: /tls\.crt expired at 20/,
  },
  {
    name: 'a certificate that is not valid yet',
    write: (folder) => writeCertificates(folder, authority.certificate, coming),
    says: /tls\.crt is not valid before 20\S+Z: issue one that is valid now, or correct the clock/,
  },
  {
    name: 'a certificate with a common name alone',
    write: (folder) => writeByOpenssl(folder, { commonName: 'localhost' }),
    says: /tls\.crt has no subject alternative name, and clients ignore the common name: issue it for /,
  },
  {
    name: 'a certificate for clients',
    write: (folder) => writeByOpenssl(folder, { extensions: [names, 'extendedKeyUsage=clientAuth'] }),
    says: /tls\.crt has extended key usages without serverAuth: issue it with the extended key usage serverAuth/,
  },
  {
    name: 'a certificate that is signed with SHA-1',
    write: (folder) => writeByOpenssl(folder, { extensions: [names], flags: ['-sha1'] }),
    says: /tls\.crt is signed with SHA-1: have it signed with SHA-256/,
  },
  {
    name: 'an RSA key of 512 bits',
    write: (folder) => writeByOpenssl(folder, { extensions: [names], key: rsaOf(512) }),
    says: /tls\.crt has an RSA key of 512 bits: use an RSA key of 2048 bits, or an ECDSA key on the curve P-256/,
  },
  {
    name: 'an RSA key of 1024 bits, which Node.js does not serve with',
    write: (folder) => writeByOpenssl(folder, { extensions: [names], key: rsaOf(1024) }),
    says: /tls\.crt cannot be served: .*key too small; use an RSA key of 2048 bits/,
  },
  {
    name: 'two faults at once',
    write: (folder) => writeByOpenssl(folder, { flags: ['-sha1'] }),
    says: /tls\.crt has no subject alternative name.*(?:\n|\\\\?n)\S*tls\.crt is signed with SHA-1/s,
  },
  {
    name: 'no key',
    write: (folder) => unlink(join(folder, 'tls.key')),
    says: /cannot read the private key .*tls\.key: ENOENT/,
  },
  {
    name: 'no certificate',
    write: (folder) => unlink(join(folder, 'tls.crt')),
    says: /cannot read the certificate .*tls\.crt: ENOENT/,
  },
];

for (const { name, write, says } of badPairs) {
  describe(`with ${name}`, () => {
    test('the server does not start, and reports why', () =>
      inFolder(async (certificates) => {
        await write(certificates.folder);
        await assert.rejects(start(certificates), (error) => {
          assert.ok(error instanceof CertificateError);
          assert.match(error.message, says);
          return true;
        });
      }));

    test('a running server logs why, keeps the last good pair, and takes the next good one', () =>
      inFolder(async (certificates) => {
        const server = await start(certificates);
        await write(certificates.folder);
        await isLogged(server.lines, says);
        assert.match(server.lines.join(''), /the new certificate cannot be used; keeping the old one/);
        assert.equal(await servedAt(server.port), first.certificate);
        assert.equal(server.notReadyBecause(), undefined);
        const isGood = async () => (await scrape(server.healthPort)).samples.get('downlink_certificate_files_good');
        assert.equal(await isGood(), 0);
        await writeCertificates(certificates.folder, authority.certificate, second);
        await isServed(server.port, second);
        assert.equal(await isGood(), 1);
        await server.stop(0);
      }));
  });
}

for (const { name, flags, says } of [
  { name: "the Service's name, where the namespace is known", flags: { namespace: 'web' }, says: 'downlink.web.svc' },
  {
    name: 'the name that --service-name gives',
    flags: { namespace: 'web', serviceName: 'prod-downlink' },
    says: 'prod-downlink.web.svc',
  },
])
  test(`a certificate must be for ${name}`, () =>
    inFolder(async (certificates) => {
      await assert.rejects(start(certificates, flags), (error) => {
        assert.ok(error instanceof CertificateError);
        assert.match(
          error.message,
          new RegExp(`tls\\.crt is for "localhost", and the API server calls ${says}: issue it`),
        );
        return true;
      });
      const good = await issueCertificate(authority, ['localhost', says], new Date(), hour);
      await writeCertificates(certificates.folder, authority.certificate, good);
      const server = await start(certificates, flags);
      await writeCertificates(certificates.folder, authority.certificate, first);
      await isLogged(server.lines, `the API server calls ${says}`);
      assert.equal(await servedAt(server.port), good.certificate);
      await server.stop(0);
    }));

test('a certificate with an Ed25519 key is served, and the log has a warning', () =>
  inFolder(async (certificates) => {
    const server = await start(certificates);
    assert.doesNotMatch(server.lines.join(''), /Ed25519/);
    await writeByOpenssl(certificates.folder, { extensions: [names], key: ['-algorithm', 'ed25519'] });
    await isLogged(server.lines, /has an Ed25519 key, which some managed/);
    assert.notEqual(await servedAt(server.port), first.certificate);
    await server.stop(0);
  }));

test('if the client CA is missing, too, there is one error and no unhandled one', () =>
  inFolder(async (certificates) => {
    await unlink(join(certificates.folder, 'tls.crt'));
    const flags = { clientCaFile: join(certificates.folder, 'no-such-file') };
    await assert.rejects(start(certificates, flags), CertificateError);
  }));

test('a server that has stopped watches nothing and has no timer left', () =>
  inFolder(async (certificates) => {
    const watches = () => process.getActiveResourcesInfo().filter((one) => one === 'FSEventWrap').length;
    const clock = createFakeClock(new Date().toISOString());
    const before = watches();
    const server = await startTestServer(certificates, {}, undefined, { ...dependencies, clock });
    assert.equal(watches(), before + 1);
    assert.equal(clock.pending(), 1, 'the next poll');
    await Promise.all([server.stop(0), clock.advance(0)]);
    assert.equal(watches(), before);
    assert.equal(clock.pending(), 0);
  }));
