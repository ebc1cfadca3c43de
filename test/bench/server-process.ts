import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server under load, in its own process. */
export interface ServerProcess {
  readonly port: number;
  readonly healthPort: number;
  /** Milliseconds until it logs that it serves. */
  readonly startup: number;
  /** Returns the CPU time that it has used so far, user and system, in microseconds. */
  readonly cpu: () => number;
  /** Returns its resident memory, in MiB. */
  readonly resident: () => number;
  /** Returns the signal or exit code with which it ended by itself; undefined while it runs. */
  readonly ended: () => string | undefined;
  readonly stop: () => Promise<void>;
}

const microsecondsPerTick = 10_000; // /proc/PID/stat counts hundredths of a second on every architecture

/** How to start a process: the command and arguments before its own, and additional environment variables. */
export interface Launch {
  readonly launcher?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `node ARGS`; resolves when it logs that it serves. */
export function startProcess(
  args: readonly string[],
  { launcher = [], env = {} }: Launch = {},
): Promise<ServerProcess> {
  return startCommand([...launcher, process.execPath, ...args], env);
}

/** Starts a program, which prints the line `{"port":8443,"msg":"serving"}` as soon as it serves. */
export async function startCommand(
  [command = '', ...rest]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const began = performance.now();
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const { port, healthPort } = await servingLine(child);
  const startup = performance.now() - began;
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    port,
    healthPort,
    startup,
    cpu: () => processorTime(child.pid),
    ended: () => child.signalCode ?? (child.exitCode === null ? undefined : `exit code ${child.exitCode}`),
    resident: () => Number(/VmRSS:\s+(\d+)/.exec(proc('status'))?.[1]) / 1024,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(); // it has ended by itself
        child.once('exit', () => resolve());
        child.kill('SIGINT');
      }),
  };
}

/** Returns the CPU time that a process has used so far, user and system, in microseconds. */
export function processorTime(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
}

function servingLine(child: ChildProcess): Promise<{ port: number; healthPort: number }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server exited with ${code} before it served`)));
    const { stdout } = child;
    if (stdout === null) return reject(new Error('the server has no standard output'));
    const lines = createInterface(stdout).on('line', (line) => {
      if (!line.includes('"serving"')) return;
      lines.close();
      stdout.resume(); // logs are read but not split into lines, which would take time from the load
      resolve(JSON.parse(line));
    });
  });
}
