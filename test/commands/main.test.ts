import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { reviewOf } from '../admission-review.ts';
import { connectWebhook } from '../webhook-client.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const { DOWNLINK_PORT: _, ...environment } = process.env;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-test-'));
});
after(() => rm(folder, { recursive: true }));

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main, ...args], { env: { ...environment, ...env } });
}

/** Runs the program to its end. */
async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(args);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, ...output };
}

/** A function that waits for the next log line with that message; lines before it are passed over. */
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

test('--help names the commands, and each command has an example', async () => {
  const { code, stdout } = await run('--help');
  assert.equal(code, 0);
  for (const command of ['serve', 'certs', 'scan', 'completion']) {
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    assert.match((await run(command, '--help')).stdout, /^Examples?:\n {2}\$ downlink /m);
  }
});

test('certs writes a CA, a certificate and a key that only its owner reads, and prints the caBundle alone', async () => {
  const out = join(folder, 'made/certs');
  const { code, stdout, stderr } = await run('certs', '--out', out, '--dns', 'localhost', '127.0.0.1');
  assert.equal(code, 0, stderr);
  assert.equal(Buffer.from(stdout.trim(), 'base64').toString(), await readFile(join(out, 'ca.crt'), 'utf8'));
  assert.equal((await stat(join(out, 'tls.key'))).mode & 0o777, 0o600);
  await writeFile(join(out, 'tls.key'), 'old', { mode: 0o644 });
  assert.equal((await run('certs', '--out', out, '--dns', 'localhost')).code, 0);
  assert.equal((await stat(join(out, 'tls.key'))).mode & 0o777, 0o600, 'also over a key that was open to all');
});

for (const { name, args, words } of [
  { name: 'certs without a folder', args: ['certs', '--dns', 'localhost'], words: /--out <dir>/ },
  {
    name: 'certs for a name that is none',
    args: ['certs', '--out', 'x', '--dns', 'a_b'],
    words: /--dns: "a_b" is no DNS name; for example/,
  },
  {
    name: 'certs for no time',
    args: ['certs', '--out', 'x', '--dns', 'a', '--days', '0'],
    words: /--days: "0" is no number of days/,
  },
  {
    name: 'a wrong port',
    args: ['serve', '--port', '99999'],
    words: /--port: Invalid value: "99999": must be a port .* 8443/,
  },
  {
    name: 'an address that is none',
    args: ['serve', '--port', '0', '--health-port', '0', '--bind-address', 'no.invalid'],
    words: /--bind-address: .*no\.invalid; it must be an IP address/,
  },
  { name: 'an unknown flag', args: ['serve', '--prot', '1'], words: /Did you mean --port/ },
  { name: 'an unknown command', args: ['server'], words: /Did you mean serve/ },
  {
    name: 'a configuration file that is not there',
    args: ['serve', '--config', '/nonexistent.yaml'],
    words: /--config: cannot read \/nonexistent.yaml/,
  },
  {
    name: 'a certificate that is not there',
    args: ['serve', '--health-port', '0', '--tls-cert-file', '/no.crt', '--tls-private-key-file', '/no.key'],
    words: /cannot read the certificate \/no.crt/,
  },
]) {
  test(`${name} ends it with a sentence and no stack`, async () => {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, / at .*\.ts:\d+/);
  });
}

test('a certificate that is garbage, and a key of another one, end it with the file name', async () => {
  const one = join(folder, 'one');
  const other = join(folder, 'other');
  await run('certs', '--out', one, '--dns', 'localhost');
  await run('certs', '--out', other, '--dns', 'localhost');
  const garbage = join(folder, 'garbage.crt');
  await writeFile(garbage, 'garbage');
  const key = join(other, 'tls.key');
  const serveWith = (certificate: string) =>
    run('serve', '--health-port', '0', '--tls-cert-file', certificate, '--tls-private-key-file', key);
  const mismatch = await serveWith(join(one, 'tls.crt'));
  assert.equal(mismatch.code, 2);
  assert.ok(mismatch.stderr.includes(`${key} is not the private key of ${join(one, 'tls.crt')}`), mismatch.stderr);
  const broken = await serveWith(garbage);
  assert.equal(broken.code, 2);
  assert.ok(broken.stderr.includes(`${garbage} contains no certificate in PEM form`), broken.stderr);
});

test('serve without certificate files serves at once, says where its CA is, and ends with 0 on SIGTERM', async () => {
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

test('serve on a port that is taken ends with the port and what to do', async () => {
  const first = start(['serve', '--port', '0', '--health-port', '0']);
  const logLine = logOf(first);
  const { port } = await logLine('serving');
  const second = await run('serve', '--port', String(port), '--health-port', '0');
  assert.equal(second.code, 2);
  assert.match(second.stderr, new RegExp(`cannot listen on port ${port}: EADDRINUSE; set --port`));
  first.kill('SIGINT');
  await once(first, 'exit');
});
