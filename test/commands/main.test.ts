import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { reviewOf } from '../support/admission-review.ts';
import { connectWebhook } from '../support/webhook-client.ts';
import { main, run, spawnProgram } from './run-program.ts';

const { DOWNLINK_PORT: _, ...environment } = process.env;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-test-'));
});
after(() => rm(folder, { recursive: true }));

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main, ...args], { env: { ...environment, ...env } });
}

/** Returns a function that waits for the next log line with a message, and skips the lines before. */
function logOf(child: ChildProcess): (message: string) => Promise<Record<string, unknown>> {
  assert.ok(child.stdout);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async (message) => {
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      const entry = JSON.parse(next.value);
      if (String(entry.msg).startsWith(message)) return entry;
    }
    throw new Error(`the server ended without the log line ${message}`);
  };
}

/** A mistake of a user. */
interface WrongUse {
  readonly name: string;
  readonly args: readonly string[];
  readonly words: RegExp;
  /** Whether the server starts before it notices, which takes a process. */
  readonly starts?: boolean;
}

test('--help names the commands, and each command has an example', async () => {
  const { code, stdout } = await run(['--help']);
  assert.equal(code, 0);
  for (const command of ['serve', 'certs', 'scan', 'completion']) {
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    assert.match((await run([command, '--help'])).stdout, /^Examples?:\n {2}\$ downlink /m);
  }
});

test('certs writes a CA, a certificate, and a key that only its owner can read, and prints only the caBundle', async () => {
  const out = join(folder, 'made/certs');
  const { code, stdout, stderr } = await run(['certs', '--out', out, '--dns', 'localhost', '127.0.0.1']);
  assert.equal(code, 0, stderr);
  assert.equal(Buffer.from(stdout.trim(), 'base64').toString(), await readFile(join(out, 'ca.crt'), 'utf8'));
  assert.equal((await stat(join(out, 'tls.key'))).mode & 0o777, 0o600);
  await writeFile(join(out, 'tls.key'), 'old', { mode: 0o644 });
  assert.equal((await run(['certs', '--out', out, '--dns', 'localhost'])).code, 0);
  assert.equal((await stat(join(out, 'tls.key'))).mode & 0o777, 0o600, 'also over a key that was open to all');
});

for (const { name, args, words, starts } of [
  { name: 'certs without a folder', args: ['certs', '--dns', 'localhost'], words: /--out <dir>/ },
  {
    name: 'certs for a name that is not a DNS name',
    args: ['certs', '--out', 'x', '--dns', 'a_b'],
    words: /--dns: "a_b" is not a DNS name; for example/,
  },
  {
    name: 'certs for 0 days',
    args: ['certs', '--out', 'x', '--dns', 'a', '--days', '0'],
    words: /--days: "0" is not a number of days/,
  },
  {
    name: 'a wrong port',
    args: ['serve', '--port', '99999'],
    words: /--port: Invalid value: "99999": must be a port .* 8443/,
  },
  {
    name: 'an address that is not one',
    starts: true,
    args: ['serve', '--port', '0', '--health-port', '0', '--bind-address', 'no.invalid'],
    words: /--bind-address: .*no\.invalid; it must be an IP address/,
  },
  { name: 'an unknown flag', args: ['serve', '--prot', '1'], words: /Did you mean --port/ },
  { name: 'an unknown command', args: ['server'], words: /Did you mean serve/ },
  {
    name: 'a settings file that does not exist',
    args: ['serve', '--config', '/nonexistent.yaml'],
    words: /--config: cannot read \/nonexistent.yaml/,
  },
  {
    name: 'a certificate that does not exist',
    starts: true,
    args: ['serve', '--health-port', '0', '--tls-cert-file', '/no.crt', '--tls-private-key-file', '/no.key'],
    words: /cannot read the certificate \/no.crt/,
  },
] as readonly WrongUse[]) {
  test(`${name} ends it with a sentence and no stack`, async () => {
    const { code, stderr } = await (starts ? spawnProgram : run)(args);
    assert.equal(code, 2);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, / at .*\.ts:\d+/);
  });
}

test('an unreadable certificate and a key that does not match end it with the file name', async () => {
  const one = join(folder, 'one');
  const other = join(folder, 'other');
  await run(['certs', '--out', one, '--dns', 'localhost']);
  await run(['certs', '--out', other, '--dns', 'localhost']);
  const garbage = join(folder, 'garbage.crt');
  await writeFile(garbage, 'garbage');
  const key = join(other, 'tls.key');
  const serveWith = (certificate: string) =>
    spawnProgram(['serve', '--health-port', '0', '--tls-cert-file', certificate, '--tls-private-key-file', key]);
  const mismatch = await serveWith(join(one, 'tls.crt'));
  assert.equal(mismatch.code, 2);
  assert.ok(mismatch.stderr.includes(`${key} is not the private key of ${join(one, 'tls.crt')}`), mismatch.stderr);
  const broken = await serveWith(garbage);
  assert.equal(broken.code, 2);
  assert.ok(broken.stderr.includes(`${garbage} contains no certificate in PEM form`), broken.stderr);
});

test('serve without certificate files serves at once, logs where its CA is, and ends with 0 on SIGTERM', async () => {
  const child = start(['serve', '--shutdown-delay', '0'], { DOWNLINK_PORT: '0', DOWNLINK_HEALTH_PORT: '0' });
  const logLine = logOf(child);
  const { folder: made, level } = await logLine('no --tls-cert-file');
  assert.equal(level, 'warn');
  const { port } = await logLine('serving');
  const client = connectWebhook(Number(port), await readFile(join(String(made), 'ca.crt'), 'utf8'));
  const answer = await client.post(JSON.stringify(reviewOf({ metadata: {}, spec: {} })));
  assert.equal(answer.status, 200);
  client.close();
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  await assert.rejects(stat(String(made)), /ENOENT/, 'the folder goes with it');
});

test('serve on a port that is in use ends with the port and a remedy', async () => {
  const first = start(['serve', '--port', '0', '--health-port', '0']);
  const logLine = logOf(first);
  const { port } = await logLine('serving');
  const second = await spawnProgram(['serve', '--port', String(port), '--health-port', '0']);
  assert.equal(second.code, 2);
  assert.match(second.stderr, new RegExp(`cannot listen on port ${port}: EADDRINUSE; set --port`));
  first.kill('SIGINT');
  await once(first, 'exit');
});
