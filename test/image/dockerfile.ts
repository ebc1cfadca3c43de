import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A stage of a Dockerfile, built in a folder. */
export interface Stage {
  /** The base image, with arguments replaced. */
  readonly base: string;
  /** The folder with the files of the stage, without those of the base image. */
  readonly root: string;
  readonly workdir: string;
  readonly user: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

/**
 * Builds the stages of a Dockerfile without Docker, in folders under `folder`, with Node.js and shell of this machine instead of
 * those of the base images. It supports only the instructions of this repository's Dockerfile, and RUN must stay in its working
 * directory.
 */
export async function buildStages(context: string, folder: string): Promise<readonly Stage[]> {
  const ignored = parseIgnoreFile(await readFile(join(context, '.dockerignore'), 'utf8'));
  const instructions = parseDockerfile(await readFile(join(context, 'Dockerfile'), 'utf8'));
  const globalArguments = new Map<string, string>();
  const stages: (Stage & { name: string })[] = [];
  for (const { name, text } of instructions) {
    let stage = stages.at(-1);
    if (name === 'FROM') {
      const words = text.split(/\s+/).filter((word) => !word.startsWith('--platform='));
      const base = (words[0] ?? '').replaceAll(/\$\{(\w+)\}/g, (_, key: string) => globalArguments.get(key) ?? '');
      const root = join(folder, String(stages.length));
      await mkdir(root, { recursive: true });
      const empty = { workdir: '/', user: undefined, env: {}, entrypoint: [], cmd: [] };
      stages.push({ name: words[2] ?? '', base, root, ...empty });
      continue;
    }
    if (name === 'ARG' && stage === undefined) {
      const [key = '', ...value] = text.split('=');
      globalArguments.set(key, value.join('='));
      continue;
    }
    if (stage === undefined) throw new Error(`${name} before FROM`);
    const cwd = join(stage.root, stage.workdir);
    switch (name) {
      case 'WORKDIR':
        stage = { ...stage, workdir: text };
        await mkdir(join(stage.root, text), { recursive: true });
        break;
      case 'COPY': {
        const words = text.split(/\s+/);
        const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
        const source = from === undefined ? context : stages.find(({ name }) => name === from)?.root;
        if (source === undefined) throw new Error(`COPY from ${from}, which is not a stage`);
        const target = words.pop() ?? '';
        for (const word of words) {
          if (from === undefined && ignored(word)) throw new Error(`COPY ${word}: .dockerignore excludes it`);
          const isFolder = (await stat(join(source, word))).isDirectory();
          const destination = !isFolder && target.endsWith('/') ? join(cwd, target, word) : join(cwd, target);
          await cp(join(source, word), destination, { recursive: true, verbatimSymlinks: true });
        }
        break;
      }
      case 'RUN': {
        const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
        await run('sh', ['-ec', text], { cwd, env: { ...process.env, PATH, ...stage.env } });
        break;
      }
      case 'ENV': {
        const [key = '', ...value] = text.split('=');
        stage = { ...stage, env: { ...stage.env, [key]: value.join('=') } };
        break;
      }
      case 'USER':
        stage = { ...stage, user: text };
        break;
      case 'ENTRYPOINT':
        stage = { ...stage, entrypoint: JSON.parse(text) };
        break;
      case 'CMD':
        stage = { ...stage, cmd: JSON.parse(text) };
        break;
      case 'EXPOSE':
        break;
      default:
        throw new Error(`instruction ${name} is not supported`);
    }
    stages[stages.length - 1] = { ...stage, name: stages.at(-1)?.name ?? '' };
  }
  return stages;
}

function parseDockerfile(text: string): readonly { readonly name: string; readonly text: string }[] {
  return text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, text: rest };
    });
}

/** Returns whether .dockerignore excludes a path. It must exclude everything (`*`) and then list exceptions. */
function parseIgnoreFile(text: string): (path: string) => boolean {
  const [everything, ...patterns] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (everything !== '*' || !patterns.every((pattern) => /^![\w./-]+$/.test(pattern)))
    throw new Error('.dockerignore must have the form *, !path, !path, ...');
  return (path) => !patterns.includes(`!${path}`);
}
