import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { imageCommand } from '../support/image-entrypoint.ts';
import type { Observation } from './observe.ts';

/** A server in a process of its own. */
export interface Replica {
  readonly port: number;
  readonly healthPort: number;
  readonly observe: () => Promise<Observation>;
  /** Asks the process something over the channel between them. */
  readonly ask: <T>(about: string) => Promise<T>;
  /** The lines of its log that are no reviews and above information. */
  readonly complaints: readonly string[];
  /** Sends SIGTERM; the exit code, null where a signal ended it. */
  readonly stop: () => Promise<number | null>;
}

const observer = join(import.meta.dirname, 'observe.ts');
const quietLevels: ReadonlySet<unknown> = new Set(['debug', 'info', 10, 20, 30]);

/** Starts `downlink serve` as the image does, with these arguments; resolves when it serves. */
export async function startReplica(args: readonly string[]): Promise<Replica> {
  const image = await imageCommand();
  return startObserved([...image.args, 'serve', ...args], image.env);
}

/** Starts `node ARGS`, observed; resolves when it logs that it serves. */
export async function startObserved(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Replica> {
  const child = spawn(process.execPath, ['--import', observer, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const complaints: string[] = [];
  const { port, healthPort } = await serving(child, complaints);
  const questions = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  child.on('message', ({ id, answer }: { readonly id: number; readonly answer: unknown }) =>
    questions.get(id)?.(answer),
  );
  const ask = <T>(about: string) =>
    new Promise<T>((resolve) => {
      const id = asked++;
      questions.set(id, (answer) => {
        questions.delete(id);
        resolve(answer as T);
      });
      child.send({ id, about });
    });
  return {
    port,
    healthPort,
    complaints,
    ask,
    observe: () => ask<Observation>('observation'),
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      return code as number | null;
    },
  };
}

function serving(child: ChildProcess, complaints: string[]): Promise<{ port: number; healthPort: number }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it served`)));
    if (child.stdout === null) return reject(new Error('the server has no standard output'));
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"msg":"review"')) return;
      const entry = JSON.parse(line);
      if (entry.msg === 'serving') resolve(entry);
      if (!quietLevels.has(entry.level)) complaints.push(line);
    });
  });
}
