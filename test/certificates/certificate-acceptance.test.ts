import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { certificateProblems } from '../../src/certificates/certificate-acceptance.ts';
import { isTrustedChain } from '../../src/certificates/issuing-chain.ts';
import { parseAll } from '../support/pem-certificates.ts';
import { host, type OddCertificate, oddCertificates } from './odd-certificates.ts';

const rows = await oddCertificates();

describe('a serving certificate', () => {
  for (const { name, pair, problems } of rows) {
    const result = problems.length === 0 ? 'accepted' : `refused because of its ${problems.join(' and ')}`;
    test(`${name}: ${result}`, () => {
      const found = certificateProblems(parseAll(pair.certificate), [host], new Date());
      assert.deepEqual(
        found.map(({ kind }) => kind),
        problems,
      );
    });
  }

  test('needs some subject alternative name if the name that is called is unknown', () => {
    const problemsOf = (name: string) => {
      const row = rows.find((one) => one.name === name);
      assert.ok(row);
      return certificateProblems(parseAll(row.pair.certificate), [], new Date()).map(({ kind }) => kind);
    };
    assert.deepEqual(problemsOf('one for another name'), []);
    assert.deepEqual(problemsOf('one for an IP address'), []);
    assert.deepEqual(problemsOf('one with a common name alone'), ['names']);
    assert.deepEqual(problemsOf('one with an e-mail address for a name'), ['names']);
  });
});

describe('a Go client', { skip: goIsMissing() }, () => {
  test('accepts what Downlink accepts and caBundle trusts, and refuses the rest', async () => {
    const servers = await Promise.all(rows.map(serve));
    try {
      const targets = servers.map((server, index) => ({
        address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        caBundle: rows[index]?.caBundle,
        serverName: host,
      }));
      const refusals = await callByGo(targets);
      const verdicts = rows.map(({ name }, index) => `${name}: ${refusals[index] === '' ? 'accepted' : 'refused'}`);
      const ours = rows.map((row) => `${row.name}: ${isAccepted(row) ? 'accepted' : 'refused'}`);
      assert.deepEqual(verdicts, ours, refusals.join('\n'));
    } finally {
      for (const server of servers) server.close();
    }
  });
});

/** Reports whether Downlink accepts a row with its caBundle, apart from the rows on which it is stricter on purpose. */
function isAccepted({ pair, caBundle, stricter }: OddCertificate): boolean {
  const certificates = parseAll(pair.certificate);
  const problems = certificateProblems(certificates, [host], new Date());
  return (
    (problems.length === 0 || stricter !== undefined) && isTrustedChain(certificates, parseAll(caBundle), new Date())
  );
}

/** Starts a TLS server on the loopback address. It accepts keys that OpenSSL considers too short. */
async function serve({ pair }: OddCertificate) {
  const server = createServer({ cert: pair.certificate, key: pair.privateKey, ciphers: 'DEFAULT@SECLEVEL=0' });
  server.on('tlsClientError', () => {}); // the client reports the reason
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function callByGo(targets: readonly object[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-go-'));
  try {
    const program = join(folder, 'client');
    await promisify(execFile)('go', ['build', '-o', program, join(import.meta.dirname, 'go-client', 'main.go')]);
    const client = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    client.stdin.end(JSON.stringify(targets));
    return JSON.parse(await text(client.stdout));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function goIsMissing(): string | false {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'go is not on PATH';
  }
}
