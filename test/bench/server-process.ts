import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server under load, in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly healthPort: number;
  /** Milliseconds from its start to the line that says that it serves. */
  readonly startup: number;
  /** Microseconds of CPU that it has used so far, user and system. */
  readonly cpu: () => number;
  /** MiB that are resident now. */
  readonly resident: () => number;
  readonly stop: () => Promise<void>;
}

const microsecondsPerTick = 10_000; // Linux counts /proc/PID/stat in hundredths of a second on every architecture

/** Starts `node ARGS`; resolves when it logs that it serves. */
export async function startProcess(args: readonly string[]): Promise<ServerProcess> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { port, healthPort } = await servingLine(child);
  const startup = performance.now() - began;
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    port,
    healthPort,
    startup,
    cpu: () => {
      const fields = proc('stat')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick;
    },
    resident: () => Number(/VmRSS:\s+(\d+)/.exec(proc('status'))?.[1]) / 1024,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(); // it has ended by itself
        child.once('exit', () => resolve());
        child.kill('SIGINT');
      }),
  };
}

function servingLine(child: ChildProcess): Promise<{ port: number; healthPort: number }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it served`)));
    if (child.stdout === null) return reject(new Error('the server has no standard output'));
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"serving"')) resolve(JSON.parse(line));
    });
  });
}
