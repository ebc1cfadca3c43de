import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { spawnProgram } from '../commands/run-program.ts';

const root = join(import.meta.dirname, '../..');
const hooks = parse(await readFile(join(root, '.pre-commit-hooks.yaml'), 'utf8'));
const { bin, scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

describe('.pre-commit-hooks.yaml', () => {
  test('has what pre-commit requires, and nothing that it does not know', () => {
    // https://pre-commit.com/#creating-new-hooks
    const known = ['id', 'name', 'description', 'entry', 'args', 'pass_filenames', 'types_or', 'language'];
    for (const hook of hooks) {
      for (const key of ['id', 'name', 'entry', 'language']) assert.equal(typeof hook[key], 'string', key);
      assert.deepEqual(
        Object.keys(hook).filter((key) => !known.includes(key)),
        [],
      );
    }
  });

  test('has a command that the package installs: pre-commit packs it, which builds it', () => {
    for (const { entry, language } of hooks) {
      assert.ok(entry.split(' ')[0] in bin);
      assert.equal(language, 'node');
    }
    assert.match(scripts.prepack, /npm run -s build/);
  });

  test('checks all manifests of the repository', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downlink-pre-commit-'));
    try {
      const [{ entry, args }] = hooks;
      const command = [...entry.split(' ').slice(1), ...args];
      const pod = (env: string) =>
        `{ apiVersion: v1, kind: Pod, metadata: { name: web, annotations: { downlink.dev/env: ${env} } }, spec: { containers: [{ name: main }] } }\n`;
      await writeFile(join(folder, 'a.yaml'), pod('pod'));
      assert.equal((await spawnProgram(command, { cwd: folder })).code, 0);
      await writeFile(join(folder, 'b.yaml'), pod('ppod'));
      const { code, stdout } = await spawnProgram(command, { cwd: folder });
      assert.match(stdout, /^b\.yaml:1:\d+: error: Pod\/web: .*"ppod"/);
      assert.equal(code, 1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
