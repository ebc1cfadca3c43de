import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { bareEnvironment } from '../support/bare-environment.ts';

const root = join(import.meta.dirname, '../..');
const hooks = parse(await readFile(join(root, '.pre-commit-hooks.yaml'), 'utf8'));

/** Runs the hook in a folder, as pre-commit does. */
function runHook(script: string, args: readonly string[], cwd: string, programs = dirname(process.execPath)) {
  const env = { ...bareEnvironment, PATH: [programs, process.env['PATH']].join(delimiter) };
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
    execFile(script, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

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

  test('runs a script of the repository, which can be executed', async () => {
    for (const { entry, language } of hooks) {
      assert.equal(language, 'script');
      await access(join(root, entry), constants.X_OK);
    }
  });

  test('says which Node.js it needs if the one on the path is too old', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downlink-old-node-'));
    try {
      await writeFile(join(folder, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const [{ entry, args }] = hooks;
      const { code, stderr } = await runHook(join(root, entry), args, folder, folder);
      assert.equal(stderr, 'downlink: the hook needs Node.js 22 (22.19 or later), or 24 or later, and npm\n');
      assert.equal(code, 2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('checks all manifests of the repository', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'downlink-pre-commit-'));
    try {
      const [{ entry, args }] = hooks;
      const hook = () => runHook(join(root, entry), args, folder);
      const pod = (env: string) =>
        `{ apiVersion: v1, kind: Pod, metadata: { name: web, annotations: { downlink.dev/env: ${env} } }, spec: { containers: [{ name: main }] } }\n`;
      await writeFile(join(folder, 'a.yaml'), pod('pod'));
      assert.deepEqual(await hook(), { code: 0, stdout: '', stderr: '1 file: 0 errors, 0 warnings, 0 hints\n' });
      await writeFile(join(folder, 'b.yaml'), pod('ppod'));
      const { code, stdout } = await hook();
      assert.match(stdout, /^b\.yaml:1:\d+: error: Pod\/web: .*"ppod"/);
      assert.equal(code, 1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
