import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ControlPlane } from './control-plane.ts';

export interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl as the administrator, with an object or text on its standard input. */
export async function kubectl(
  plane: ControlPlane,
  args: readonly string[],
  input: object | string,
): Promise<KubectlResult> {
  const { kubeconfig, binaries } = plane;
  if (binaries.kubectl === undefined) throw new Error('no kubectl on PATH');
  const cache = join(kubeconfig, '..', 'kubectl-cache'); // not that of the user
  const child = spawn(binaries.kubectl, ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args]);
  child.stdin.end(typeof input === 'string' ? input : JSON.stringify(input));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode ?? -1, stdout, stderr };
}
