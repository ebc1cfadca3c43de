import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { pod, runWith, useManifestFolder } from './manifest-folder.ts';

const at = useManifestFolder(async (path) => {
  await mkdir(path('empty'));
  await writeFile(path('broken.yaml'), 'a: [1\nb: 2\n');
  await writeFile(path('utf16.yaml'), Buffer.from(`\ufeff${pod('wide')}`, 'utf16le'));
  await writeFile(path('binary.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xc3, 0x28]));
});

describe('an input that cannot be read is reported, the rest is processed, and the exit code is 2:', () => {
  for (const [name, file, words] of [
    ['a path that does not exist', 'nowhere.yaml', /nowhere\.yaml: error: no such file or folder/],
    [
      'broken YAML',
      'broken.yaml',
      /broken\.yaml:2:1: error: Flow sequence in block collection must be sufficiently indented/,
    ],
    ['UTF-16', 'utf16.yaml', /utf16\.yaml: error: it is UTF-16; kubectl and this program require UTF-8/],
    ['bytes that are not text', 'binary.yaml', /binary\.yaml: error: it is not UTF-8 text/],
    ['a folder without manifests', 'empty', /empty: error: there is no \.yaml, \.yml or \.json file in it/],
  ] as const) {
    for (const command of ['inject', 'uninject', 'explain', 'lint']) {
      test(`${name}, by ${command}`, async () => {
        const { code, stdout, stderr } = await runWith([command, '-f', at(file), at('k8s/a.yaml')]);
        assert.equal(code, 2);
        assert.match(stderr + stdout, words);
        if (command !== 'lint') assert.match(stdout, /a/);
      });
    }
  }

  test('a file that does not exist has no line in machine-readable output', async () => {
    const [json] = JSON.parse((await runWith(['lint', '-f', at('nowhere.yaml'), '-o', 'json'])).stdout);
    assert.deepEqual([json.message, json.line, json.column], ['no such file or folder', undefined, undefined]);
    const github = (await runWith(['lint', '-f', at('nowhere.yaml'), '-o', 'github'])).stdout;
    assert.match(github, /^::error file=\S+nowhere\.yaml,title=/);
    assert.doesNotMatch(github, /line=|col=/);
    const sarif = JSON.parse((await runWith(['lint', '-f', at('nowhere.yaml'), '-o', 'sarif'])).stdout);
    const [{ physicalLocation }] = sarif.runs[0].results[0].locations;
    assert.deepEqual(Object.keys(physicalLocation), ['artifactLocation']);
  });

  test('a file without permission', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    await writeFile(at('secret.yaml'), '');
    await chmod(at('secret.yaml'), 0);
    assert.match((await runWith(['lint', '-f', at('secret.yaml')])).stdout, /permission denied/);
  });

  test('symbolic links that form a loop', async () => {
    await symlink(at('circle.yaml'), at('circle.yaml'));
    assert.match((await runWith(['lint', '-f', at('circle.yaml')])).stdout, /its symbolic links form a loop/);
  });
});

test('a named pipe in a folder, which nobody writes to, and a link to it are left out', async () => {
  const folder = at('pipes');
  await mkdir(folder);
  await promisify(execFile)('mkfifo', [join(folder, 'pipe.yaml')]);
  await symlink('pipe.yaml', join(folder, 'link.yaml'));
  await writeFile(join(folder, 'map.yaml'), 'kind: ConfigMap\n');
  const { stdout, stderr } = await runWith(['lint', '-f', folder]);
  assert.match(stdout + stderr, /^1 file: 0 errors/m);
});
