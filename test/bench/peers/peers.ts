import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFolder } from '../../support/test-server.ts';
import { ask } from '../load.ts';
import type { BenchServer } from '../measure.ts';
import type { BenchPod } from '../pods.ts';
import { type ServerProcess, startCommand } from '../server-process.ts';
import { ambassadorIn, differenceOf } from './answers.ts';
import { buildGoPeers, goModules, requiredVersion } from './go-peers.ts';
import { peprVersion, startPepr } from './pepr-peer.ts';

/** The peers that serve, and for each of the others a sentence that says why it does not. */
export interface Peers {
  readonly servers: readonly BenchServer[];
  readonly missing: readonly string[];
}

interface Peer {
  readonly name: string;
  readonly path: string;
  readonly start: () => Promise<ServerProcess>;
}

/**
 * Builds, installs, and starts webhooks made with other libraries, which inject what Downlink injects. `typical` is a pod that
 * requests the ambassador.
 */
export async function startPeers(
  downlink: BenchServer,
  typical: BenchPod,
  { folder, authority }: CertificateFolder,
): Promise<Peers> {
  const ambassadorFile = join(folder, 'ambassador.json');
  const ambassador = ambassadorIn(typical.body, await ask(downlink.endpoint, typical.body));
  await writeFile(ambassadorFile, JSON.stringify(ambassador));
  const peers: Peer[] = [];
  for (const [library, module] of Object.entries(goModules)) {
    const files = [join(folder, 'tls.crt'), join(folder, 'tls.key'), ambassadorFile];
    const start = async () => startCommand([await buildGoPeers(), library, ...files]);
    peers.push({ name: `${library} ${await requiredVersion(module)}`, path: '/mutate', start });
  }
  const startOfPepr = () => startPepr(folder, ambassadorFile);
  peers.push({ name: `Pepr ${await peprVersion()}`, path: '/mutate/bench', start: startOfPepr });

  const servers: BenchServer[] = [];
  const missing: string[] = [];
  for (const { name, path, start } of peers) {
    try {
      const process = await start();
      servers.push({ name, process, endpoint: { port: process.port, path, ca: authority.certificate } });
    } catch (error) {
      missing.push(`${name} is left out: ${reasonOf(error)}.`);
    }
  }
  return { servers, missing };
}

/** Throws if a peer's answer for one of the pods leads to another pod than Downlink's. */
export async function checkAnswers(
  downlink: BenchServer,
  peers: readonly BenchServer[],
  pods: readonly BenchPod[],
): Promise<void> {
  for (const { name, body } of pods) {
    const ours = await ask(downlink.endpoint, body);
    for (const peer of peers) {
      const difference = differenceOf(body, ours, await ask(peer.endpoint, body));
      if (difference !== undefined) throw new Error(`${peer.name}, ${name} pod: ${difference}`);
    }
  }
}

/** Returns the first line of an error, or that a program is not installed. */
function reasonOf(error: unknown): string {
  const { code, syscall, path, stderr, message } = error as NodeJS.ErrnoException & { readonly stderr?: string };
  if (code === 'ENOENT' && syscall?.startsWith('spawn')) return `${path} is not on the path`;
  return (stderr || message).trim().split('\n')[0] ?? '';
}
