import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Builds and packs the npm package as it is published. Returns the path of the tarball in that folder. */
export async function packInto(folder: string): Promise<string> {
  const args = ['pack', '--json', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: join(import.meta.dirname, '..') });
  const [packed] = JSON.parse(stdout);
  return join(folder, packed.filename);
}
