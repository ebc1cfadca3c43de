import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';

/** A server that runs in the background. */
export interface Background {
  /** Returns why it has ended, with the end of its log; undefined while it runs. */
  readonly ended: () => string | undefined;
  /** Sends SIGTERM, and SIGKILL later, and resolves when it has ended. */
  readonly stop: () => Promise<void>;
}

const patience = 20_000; // milliseconds between SIGTERM and SIGKILL

/** Starts a program. Its output goes to the log file. */
export function startProcess(program: string, args: readonly string[], logFile: string): Background {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  let problem: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      problem = error.message;
      resolve();
    });
    child.once('exit', () => resolve());
  });
  children.add(child);
  return {
    ended: () => {
      if (problem !== undefined) return problem;
      if (child.exitCode === null && child.signalCode === null) return undefined;
      return `${program} ended with ${child.exitCode ?? child.signalCode}:\n${tail(logFile)}`;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), patience);
      await exited;
      clearTimeout(impatience);
      children.delete(child);
    },
  };
}

/** Returns different free ports of the loopback address. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Kills the process when this process ends, in any way. */
export function killAtExit(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/** Removes the folder when this process ends, in any way. */
export function removeAtExit(folder: string): void {
  folders.add(folder);
}

const children = new Set<ChildProcess>();
const folders = new Set<string>();

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1)); // runs the handler above
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-20).join('\n');
}
