import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { imageCommand } from '../support/image-entrypoint.ts';
import type { Observation } from './observe.ts';

/** A server in its own process. */
export interface Replica {
  readonly port: number;
  readonly healthPort: number;
  readonly observe: () => Promise<Observation>;
  /** Sends a request over the channel to the process. */
  readonly ask: <T>(about: string) => Promise<T>;
  /** The lines of its log above level info. */
  readonly complaints: readonly string[];
  /** Sends SIGTERM, and returns the exit code, or null if a signal ended the process. */
  readonly stop: () => Promise<number | null>;
}

const observer = join(import.meta.dirname, 'observe.ts');
const quietLevels: ReadonlySet<unknown> = new Set(['debug', 'info', 10, 20, 30]);

/** Starts `downlink serve` as the image does, and resolves when it serves. */
export async function startReplica(args: readonly string[]): Promise<Replica> {
  const image = await imageCommand();
  return startObserved([...image.args, 'serve', ...args], image.env);
}

/** Starts `node ARGS` with observe.ts, and resolves when it logs that it serves. */
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
  const pending = new Map<number, (answer: unknown) => void>();
  let requests = 0;
  child.on('message', ({ id, answer }: { readonly id: number; readonly answer: unknown }) => pending.get(id)?.(answer));
  const ask = <T>(about: string) =>
    new Promise<T>((resolve) => {
      const id = requests++;
      pending.set(id, (answer) => {
        pending.delete(id);
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
    child.once('exit', (code) => reject(new Error(`the server exited with ${code} before it served`)));
    if (child.stdout === null) return reject(new Error('the server has no standard output'));
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"msg":"review"')) return;
      const entry = JSON.parse(line);
      if (entry.msg === 'serving') resolve(entry);
      if (!quietLevels.has(entry.level)) complaints.push(line);
    });
  });
}
