import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { podWith } from '../injection/injected.ts';
import { reviewOf } from '../support/admission-review.ts';
import { eventually } from '../support/eventually.ts';
import { type CertificateFolder, makeCertificateFolder } from '../support/test-server.ts';
import { connectWebhook } from '../support/webhook-client.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

let certificates: CertificateFolder;
before(async () => {
  certificates = await makeCertificateFolder();
});
after(() => certificates.remove());

describe('a server that waits for a file while it starts', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`ends with ${signal} without an error, and does not serve`, { timeout: 30_000 }, async () => {
      const keyFile = join(certificates.folder, `${signal}.key`);
      await promisify(execFile)('mkfifo', [keyFile]); // a reader blocks until there is a writer
      const server = spawn(process.execPath, [
        ...[main, 'serve', '--port=0', '--health-port=0', '--bind-address=127.0.0.1', '--shutdown-delay=3600'],
        ...[`--tls-cert-file=${join(certificates.folder, 'tls.crt')}`, `--tls-private-key-file=${keyFile}`],
      ]);
      let output = '';
      for (const stream of [server.stdout, server.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      const exited = once(server, 'exit');
      const pipe = await open(keyFile, 'w'); // resolves when the server starts to read
      server.kill(signal);
      await pipe.close(); // ends the read, because Node.js waits for pending reads when it exits
      const [code] = await exited;
      assert.equal(code, 0, output);
      assert.match(output, /"starting"/);
      assert.doesNotMatch(output, /"serving"|error/i);
      await rm(keyFile);
    });
});

test('a server that ends right after a review writes its log line', { timeout: 30_000 }, async () => {
  const server = spawn(process.execPath, [
    ...[main, 'serve', '--port=0', '--health-port=0', '--bind-address=127.0.0.1'],
    `--tls-cert-file=${join(certificates.folder, 'tls.crt')}`,
    `--tls-private-key-file=${join(certificates.folder, 'tls.key')}`,
  ]);
  let output = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(server, 'exit');
  const lines = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const { port } = await eventually(() => {
    const serving = lines().find(({ msg }) => msg === 'serving');
    assert.ok(serving);
    return serving;
  });
  const client = connectWebhook(port, certificates.authority.certificate);
  assert.equal((await client.post(JSON.stringify(reviewOf(podWith({ env: 'pod' }))))).status, 200);
  server.kill('SIGINT'); // without the delay of SIGTERM
  const [code] = await exited;
  client.close();
  assert.equal(code, 0);
  assert.equal(lines().filter(({ msg }) => msg === 'review').length, 1);
});
