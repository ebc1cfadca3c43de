import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { imageCommand } from '../../support/image-entrypoint.ts';
import type { CertificateFolder } from '../../support/test-server.ts';
import { processorTime } from '../server-process.ts';

/** A webhook in its own process. */
export interface Served {
  readonly port: number;
  /** Returns the number of connections that it has accepted so far. */
  readonly connections: () => Promise<number>;
  /** Returns the CPU time that it has used so far, user and system, in microseconds. */
  readonly cpu: () => number;
  readonly stop: () => Promise<void>;
}

const hook = join(import.meta.dirname, 'count-connections.ts');
const floor = join(import.meta.dirname, '../floor.ts');

/** Starts the built server as the image does. */
export async function serveDownlink({ folder }: CertificateFolder, kubernetesVersion: string): Promise<Served> {
  const { args, env } = await imageCommand();
  const files = ['--tls-cert-file', join(folder, 'tls.crt'), '--tls-private-key-file', join(folder, 'tls.key')];
  const ports = ['--port', '0', '--health-port', '0', '--bind-address', '127.0.0.1'];
  return serve([...args, 'serve', ...ports, ...files, '--kubernetes-version', kubernetesVersion], env);
}

/** Starts a webhook that decides on the first pod and gives all others the same patch: the minimum for a patch. */
export function serveConstantPatch({ folder }: CertificateFolder): Promise<Served> {
  return serve([floor, join(folder, 'tls.crt'), join(folder, 'tls.key'), 'as-long']);
}

async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const child = spawn(process.execPath, ['--import', hook, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const port = await portOf(child);
  return {
    port,
    connections: async () => {
      child.send('connections');
      const [count] = await once(child, 'message');
      return Number(count);
    },
    cpu: () => processorTime(child.pid),
    stop: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      await exit;
    },
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the webhook exited with ${code} before it served`)));
    if (child.stdout === null) return reject(new Error('the webhook has no standard output'));
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"serving"')) resolve(JSON.parse(line).port);
    });
  });
}
