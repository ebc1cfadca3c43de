import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findProgram } from '../../deploy/helm.ts';
import { removeAtExit } from '../cluster/processes.ts';

export interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cache = await mkdtemp(join(tmpdir(), 'downlink-kubectl-')); // not that of the user
removeAtExit(cache);
const program = await findProgram('kubectl');

/** Runs kubectl with objects as JSON on its standard input. */
export async function tryKubectl(args: readonly string[], ...objects: readonly object[]): Promise<KubectlResult> {
  const child = spawn(program, ['--cache-dir', cache, ...args]);
  child.stdin.on('error', () => {}); // kubectl can exit without reading it
  child.stdin.end(objects.map((object) => JSON.stringify(object)).join('\n'));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode ?? -1, stdout, stderr };
}

/** Returns the output of kubectl. Throws an AssertionError if it fails. */
export async function kubectl(args: readonly string[], ...objects: readonly object[]): Promise<string> {
  const { exitCode, stdout, stderr } = await tryKubectl(args, ...objects);
  assert.equal(exitCode, 0, `kubectl ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

/** Creates objects, and returns them as the API server stores them. */
export async function create<T>(namespace: string, ...objects: readonly object[]): Promise<readonly T[]> {
  const printed = await kubectl(['--namespace', namespace, 'create', '-f', '-', '--output=json'], ...objects);
  return printed.split(/^(?=\{)/m).map((text) => JSON.parse(text)); // one after another
}
