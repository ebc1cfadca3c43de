import { execFile } from 'node:child_process';
import { access, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../support/cache-folder.ts';

/** A Node.js release to run the package with. */
export interface NodeRelease {
  /** The version for npm: `22.19.0`, or `22` for the newest. */
  readonly name: string;
  /** Returns the folder of its program `node`. */
  readonly folder: () => Promise<string>;
}

/**
 * Returns the releases in the environment variable NODE_RELEASES, separated by spaces. Without it, returns the oldest of each
 * major version in `engines` of package.json, and the one that runs the tests.
 */
export async function nodeReleases(): Promise<readonly NodeRelease[]> {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const oldest = [...engines.node.matchAll(/\d+\.\d+\.\d+/g)].map(String);
  const names = process.env['NODE_RELEASES']?.match(/\S+/g) ?? [...oldest, process.versions.node];
  return names.map((name) => ({
    name,
    folder: async () => (name === process.versions.node ? dirname(process.execPath) : cachedRelease(name)),
  }));
}

/** Returns the folder of a release in the cache, after npm has installed the package that contains only the program. */
async function cachedRelease(name: string): Promise<string> {
  const cache = join(cacheFolder, `node-${name}`);
  const holder = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, 'node_modules', holder, 'bin');
  const isExact = /^\d+\.\d+\.\d+$/.test(name);
  const isThere = await access(join(folder, 'node')).then(
    () => true,
    () => false,
  );
  if (!isThere || !isExact) {
    await mkdir(cache, { recursive: true });
    await promisify(execFile)('npm', ['install', '--no-save', '--prefix', cache, `${holder}@${name}`], { cwd: cache });
  }
  return folder;
}
