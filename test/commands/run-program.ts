import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runProgram } from '../../src/commands/program.ts';
import { bareEnvironment } from '../support/bare-environment.ts';

/** The program's main file. */
export const main = join(import.meta.dirname, '../../src/main.ts');

/** What one run of the program printed, and its exit code. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly input?: string;
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only for a process of its own. */
  readonly cwd?: string;
}

/** Runs the program within this process. */
export async function run(args: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<ProgramResult> {
  const [stdout, stderr] = [new CollectingStream(), new CollectingStream()];
  const invocation = {
    argv: [process.execPath, main, ...args],
    env,
    stdin: Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
    exitCode: undefined as number | undefined,
    on: () => {},
  };
  await runProgram(invocation);
  return { code: invocation.exitCode ?? 0, stdout: stdout.text, stderr: stderr.text };
}

/** Runs the program in a process of its own, as users do. */
export async function spawnProgram(
  args: readonly string[],
  { input = '', env = {}, cwd }: RunOptions = {},
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...bareEnvironment, ...env }, cwd });
  child.stdin.on('error', () => {}); // the program may end before it has read its input
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode ?? -1, stdout, stderr };
}

class CollectingStream extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
