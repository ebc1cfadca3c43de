import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { pod, runWith, shop } from './manifest-folder.ts';
import { main, spawnProgram } from './run-program.ts';

test('each command ends with its exit code as a process, too', async () => {
  const cases = [
    ['inject', pod('a'), 0],
    ['uninject', pod('a', `downlink.dev/status: '{'`), 1],
    ['explain', pod('a', 'downlink.dev/evn: pod'), 1],
    ['lint', 'a: [', 2],
  ] as const;
  const results = await Promise.all(cases.map(([command, input]) => spawnProgram([command, '-f', '-'], { input })));
  for (const [index, [command, input, code]] of cases.entries())
    assert.deepEqual(results[index], { ...(await runWith([command, '-f', '-'], input)), code }, command);
});

test('help and completion end quietly if nobody reads them', async () => {
  for (const args of ['inject --help', 'completion bash']) {
    const script = `"$0" "$1" ${args} | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script, process.execPath, main]);
    assert.deepEqual([stdout, stderr], ['0\n', ''], args);
  }
});

describe('wrong use', () => {
  for (const [name, args, words] of [
    ['no file', ['lint'], /required option '-f, --filename <path\.\.\.>' not specified/],
    ['an unknown format', ['inject', '-f', shop, '-o', 'toml'], /Allowed choices are yaml, json/],
    [
      'a wrong version',
      ['lint', '-f', shop, '--kubernetes-version', 'new'],
      /--kubernetes-version: Invalid value: "new": must be a Kubernetes version, for example 1\.33/,
    ],
    ['a missing configuration', ['lint', '-f', shop, '--config', '/no.yaml'], /--config: cannot read \/no\.yaml/],
  ] as const) {
    test(`${name} ends with one sentence`, async () => {
      const { code, stderr } = await runWith(args);
      assert.notEqual(code, 0);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, / at .*\.ts:\d+/);
    });
  }

  for (const command of ['inject', 'uninject', 'explain', 'lint', 'scan', 'serve', 'certs', 'completion']) {
    test(`${command} --help has an example`, async () => {
      const { stdout } = await runWith([command, '--help']);
      assert.match(stdout, new RegExp(`\\$ .*downlink ${command}`));
    });
  }
});
