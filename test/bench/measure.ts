import { bodyBounds } from '../../src/server/memory-budget.ts';
import { type Endpoint, load } from './load.ts';
import type { BenchPod } from './pods.ts';
import type { ServerProcess } from './server-process.ts';
import { percentile } from './statistics.ts';

export const connections = 4;
export const roundLength = 1000; // milliseconds
const warmUpLength = 4000; // milliseconds, for the JIT compiler

/** A server of the benchmark: its name in the tables, where reviews are posted, and its process. */
export interface BenchServer {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly process: ServerProcess;
}

/** What one server did in one round. */
export interface Measured {
  readonly perSecond: number;
  /** Microseconds of CPU time for each review. */
  readonly cpu: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** What each server did in one round, by its name. */
export type Round = ReadonlyMap<string, Measured>;

/** Measures rounds in which the servers take turns, after a warm-up. */
export async function inTurns(
  servers: readonly BenchServer[],
  pod: BenchPod,
  rounds: number,
): Promise<readonly Round[]> {
  progress(pod.name);
  for (const server of servers) await measure(server, pod.body, warmUpLength);
  const done: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const measured = new Map<string, Measured>();
    for (const server of servers) measured.set(server.name, await measure(server, pod.body, roundLength));
    done.push(measured);
  }
  return done;
}

async function measure({ endpoint, process }: BenchServer, body: string, milliseconds: number): Promise<Measured> {
  const cpuBefore = process.cpu();
  const began = performance.now();
  const latencies = await load(endpoint, body, connectionsFor(body), milliseconds);
  const elapsed = performance.now() - began;
  return {
    perSecond: latencies.length / (elapsed / 1000),
    cpu: (process.cpu() - cpuBefore) / latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

/** Returns the number of connections: Downlink receives only so many large bodies at the same time, and rejects others with 503. */
function connectionsFor(body: string): number {
  if (body.length <= bodyBounds.small) return connections;
  return Math.min(connections, Math.floor(bodyBounds.allLarge / body.length));
}

/** Writes to the terminal what is measured now. */
export function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${what} ...\n`);
}
