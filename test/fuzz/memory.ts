import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { type ServerProcess, startProcess } from '../bench/server-process.ts';
import { imageCommand } from '../support/image-entrypoint.ts';
import { type MemoryGroup, makeMemoryGroup } from '../support/memory-cgroup.ts';
import type { CertificateFolder } from '../support/test-server.ts';
import { connectWebhook } from '../support/webhook-client.ts';
import { within } from './connection.ts';
import { bodyOf, type HeavyBody, heavyBody } from './heavy-bodies.ts';
import { keepAsking, usualReview } from './kept-connection.ts';
import { type AttackTarget, attacks, type Crowd, gatherCrowd, postOnce } from './memory-attacks.ts';
import { count, type Tally } from './tally.ts';

/** The results for a server with the memory limit of its container. */
export interface MemoryReport {
  readonly cases: number;
  /** Statuses of the answers to heavy bodies. */
  readonly outcomes: Tally;
  /** The highest memory usage, or why there was no limit. */
  readonly memory: string;
  /** The attack after which a property did not hold, and the property. */
  readonly failure: string | undefined;
}

const root = join(import.meta.dirname, '../..');
const atOnce = 4; // heavy bodies

/**
 * Attacks the built server, with the flags of the image and in a cgroup with the memory limit of the chart if one can be
 * created: each attack alone, bodies that are as heavy as the limit allows, then everything at once. The server must
 * survive, answer reviews on the connection that was open before, and serve new clients on both ports.
 */
export async function runMemory(certificates: CertificateFolder, seed: number, bodies: number): Promise<MemoryReport> {
  const limit = await memoryOfTheContainer();
  const group = makeMemoryGroup(limit);
  const isBounded = !('unavailable' in group);
  const server = await startServer(certificates, isBounded ? group.launcher : []);
  const outcomes: Tally = {};
  const post = async (body: HeavyBody, crowd: Crowd) => {
    const socket = await crowd.tls(server.port);
    count(outcomes, String((await postOnce(socket, bodyOf(body))) ?? 'closed'));
    socket?.destroy();
  };
  const heavy = fc.sample(heavyBody, { numRuns: bodies, seed });
  const several = (some: readonly HeavyBody[]): Step => ({
    name: JSON.stringify(some),
    run: async (crowd) => void (await Promise.all(some.map((body) => post(body, crowd)))),
  });
  const single: readonly Step[] = [
    ...attacks.map(({ name, run }) => ({ name, run: (crowd: Crowd) => run(server, crowd) })),
    ...Array.from({ length: Math.ceil(bodies / atOnce) }, (_, index) =>
      several(heavy.slice(index * atOnce, (index + 1) * atOnce)),
    ),
  ];
  const together: Step = {
    name: 'all of them at once',
    run: async (crowd) => void (await Promise.all(single.map(({ run }) => run(crowd)))),
  };
  const killed = () => (isBounded ? group.killed() : 0);
  const failure = await runSteps([...single, together], server, certificates.authority.certificate, killed);
  const memory = isBounded ? inUse(group, limit) : `memory had no limit: ${group.unavailable}`;
  await server.stop();
  if (isBounded) await group.remove();
  return { cases: single.length + 1, outcomes, memory, failure };
}

interface Step {
  readonly name: string;
  readonly run: (crowd: Crowd) => Promise<void>;
}

/** Runs the steps until a property does not hold after one. Returns the step and the property. */
async function runSteps(
  steps: readonly Step[],
  server: ServerProcess,
  ca: string,
  killed: () => number,
): Promise<string | undefined> {
  const kept = await keepAsking(server.port, ca);
  for (const { name, run } of steps) {
    const crowd = gatherCrowd();
    try {
      await run(crowd);
      await within(stillServes(server, ca), 'new clients are not served');
      await within(kept.check(), 'the kept-alive connection is not answered');
      assert.equal(killed(), 0, 'the kernel killed a process');
    } catch (error) {
      const end = killed() > 0 ? 'out of memory' : server.ended();
      return `${name}: ${error instanceof Error ? error.message : error}${end ? ` (the server exited: ${end})` : ''}`;
    } finally {
      crowd.leave();
    }
  }
  kept.stop();
  return undefined;
}

async function startServer(certificates: CertificateFolder, launcher: readonly string[]): Promise<ServerProcess> {
  const { args, env } = await imageCommand();
  const file = (name: string) => join(certificates.folder, name);
  return startProcess(
    [
      ...[...args, 'serve', '--port', '0', '--health-port', '0', '--bind-address', '127.0.0.1'],
      ...['--tls-cert-file', file('tls.crt'), '--tls-private-key-file', file('tls.key')],
    ],
    { launcher, env },
  );
}

/** Returns the memory limit of the chart, in bytes. */
async function memoryOfTheContainer(): Promise<number> {
  const { resources } = parse(await readFile(join(root, 'deploy/chart/values.yaml'), 'utf8'));
  const [, mebibytes] = /^(\d+)Mi$/.exec(resources.limits.memory) ?? [];
  assert.ok(mebibytes, 'resources.limits.memory is in Mi');
  return Number(mebibytes) * 2 ** 20;
}

function inUse(group: MemoryGroup, limit: number): string {
  return `at most ${Math.round(group.peak() / 2 ** 20)} of ${limit / 2 ** 20} MiB were in use`;
}

/** Throws if a new client of either port gets no answer. */
async function stillServes({ port, healthPort }: AttackTarget, ca: string): Promise<void> {
  const client = connectWebhook(port, ca);
  const { status } = await client.post(usualReview);
  client.close();
  assert.equal(status, 200);
  const [response] = await once(
    get({ port: healthPort, host: '127.0.0.1', path: '/healthz', agent: false }),
    'response',
  );
  response.resume();
  assert.equal(response.statusCode, 200);
}
