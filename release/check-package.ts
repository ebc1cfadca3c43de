/** Checks the package as it is published: publint for its package.json, attw for how TypeScript resolves its types. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packInto } from './pack.ts';

const programs = join(import.meta.dirname, 'tools/node_modules/.bin');
const folder = await mkdtemp(join(tmpdir(), 'downlink-package-'));
try {
  const tarball = await packInto(folder);
  for (const [program, ...args] of [
    ['publint', tarball, '--strict'],
    ['attw', tarball, '--profile', 'esm-only'], // no CommonJS: Node 22 and later can require ES modules
  ] as const) {
    const { status } = spawnSync(join(programs, program), args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true });
}
