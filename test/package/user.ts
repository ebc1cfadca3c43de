import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** A user of the package: an empty project, with a Node.js that comes first on PATH. */
export interface User {
  readonly folder: string;
  /** Runs a command in the folder of the project. Rejects with `code`, `stdout` and `stderr` if it fails. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<{ stdout: string; stderr: string }>;
  /** Starts a command of the project, with its log on standard output. */
  readonly start: (command: string, ...args: readonly string[]) => ChildProcess;
}

/** Creates the project in a folder, with `files` by name. */
export async function userWith(
  nodeFolder: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<User> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const options = { cwd: folder, env: { ...process.env, PATH: [nodeFolder, process.env['PATH']].join(delimiter) } };
  return {
    folder,
    run: (program, ...args) => promisify(execFile)(program, args, options),
    start: (command, ...args) =>
      spawn(join(folder, 'node_modules/.bin', command), args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] }),
  };
}

/** Returns the port that a server logs when it serves. Rejects if it exits before. */
export async function portOf(server: ChildProcess): Promise<number> {
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
      lines.push(line);
      const { msg, port } = JSON.parse(line);
      if (msg === 'serving') return port;
    }
  } finally {
    server.stdout?.resume();
  }
  throw new Error(`the server ended before it served:\n${lines.join('\n')}`);
}

/** Returns the TypeScript example in the documentation of the installed library. */
export async function documentedExample({ folder }: User): Promise<string> {
  const declarations = await readFile(join(folder, 'node_modules/kubectl-downlink/dist/index.d.ts'), 'utf8');
  const [, example] = /```ts\n([\s\S]*?) \* ```/.exec(declarations) ?? [];
  if (example === undefined) throw new Error('the library shows no example');
  return example.replaceAll(/^ \* ?/gm, '');
}
