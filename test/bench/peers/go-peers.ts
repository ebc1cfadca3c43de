import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from './cached-folder.ts';

const source = join(import.meta.dirname, 'go');

/** The modules of which the program in the folder `go` can make a webhook, by the name that it gives them. */
export const goModules = {
  'controller-runtime': 'sigs.k8s.io/controller-runtime',
  kubewebhook: 'github.com/slok/kubewebhook/v2',
} as const;

/** Builds the program unless it is in the cache, and returns its path. */
export async function buildGoPeers(): Promise<string> {
  const files = (await readdir(source)).toSorted().map((file) => join(source, file));
  const folder = await cachedFolder('bench-go-peers', files, async (unfinished) => {
    process.stderr.write('building controller-runtime and kubewebhook: this takes minutes, once\n');
    const args = ['build', '-trimpath', '-o', join(unfinished, 'peers'), '.'];
    await promisify(execFile)('go', args, { cwd: source, env: { ...process.env, CGO_ENABLED: '0' } });
  });
  return join(folder, 'peers');
}

/** Returns the version of a module that go.mod requires. */
export async function requiredVersion(module: string): Promise<string> {
  const words = (await readFile(join(source, 'go.mod'), 'utf8')).split(/\s+/);
  return words[words.indexOf(module) + 1] ?? '';
}
