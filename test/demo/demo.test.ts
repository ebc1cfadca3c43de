import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { bareEnvironment } from '../support/bare-environment.ts';

const root = join(import.meta.dirname, '../..');

test('the demo shows every example and a denial, in plain text without a terminal, and exits with 0', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'demo.ts')], {
    env: bareEnvironment,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);
  for (const file of await readdir(join(import.meta.dirname, '../../deploy/examples')))
    assert.ok(output.includes(`deploy/examples/${file}`), file);
  assert.ok(output.includes('docs/examples/mistakes.yaml'));
  assert.match(output, /^ {2}\+ {8}- name: POD_NAME$/m);
  assert.match(
    output,
    /^\* metadata\.annotations\[downlink\.dev\/env\]: Invalid value: "POD=metadata\.nam": unknown field; did you mean/m,
  );
  assert.match(output, /^ {2}\+ {2}initContainers:$\n^ {2}\+ {4}- name: ambassador$/m);
  assert.match(output, /^ {2}\+ {6}restartPolicy: Always$/m);
  assert.doesNotMatch(output, /starts at the same time as the application/);
  assert.equal(output.includes('\u001b'), false);
});

test('a Node.js version that does not run TypeScript prints how to install one that does', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const preload = '--import ./test/support/needs-typescript.mjs';
  for (const name of ['start', 'certs', 'demo']) assert.ok(scripts[name].startsWith(`node ${preload} `), name);
  assert.ok(scripts.test.startsWith('node test/support/needs-typescript.mjs && ')); // an older Node.js searches for the test files first
  const args = ['--no-experimental-strip-types', ...preload.split(' '), 'test/demo/demo.ts'];
  const child = spawn(process.execPath, args, { cwd: root, env: bareEnvironment });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.equal(child.exitCode, 1);
  assert.match(
    stderr,
    /^This needs Node\.js 24.*\n.*ignore-scripts.*\n.*\n {2}npm rebuild node --ignore-scripts=false\n/,
  );
});
