import { Worker } from 'node:worker_threads';
import { type FoundCase, foundReview } from './found.ts';
import { addTo, type Tally } from './tally.ts';
import type { PureReport } from './worker.ts';

/** What a worker is to do. */
export interface PureTask {
  readonly seed: number;
  /** Numbers of chunks; each has a seed of its own, so that it does not matter which worker runs it. */
  readonly chunks: readonly number[];
  readonly chunkSize: number;
  /** How many cases it has begun, and how many bytes the body of the last one has. */
  readonly at: Int32Array<SharedArrayBuffer>;
  /** That body, as far as there is room. */
  readonly current: Uint8Array<SharedArrayBuffer>;
}

const workers = 2;
const chunkSize = 1000;
const stuck = 60; // seconds in one case, after which it never ends
const room = 2 * 1024 * 1024; // bytes

/** Mixes the number of a chunk into the seed. */
export function chunkSeed(seed: number, chunk: number): number {
  return (seed + Math.imul(chunk + 1, 0x9e3779b1)) | 0;
}

/** Runs that many cases through the pure function, in threads of their own; what was reached, and what broke first. */
export async function runPure(seed: number, cases: number): Promise<PureReport> {
  const chunks = Array.from({ length: Math.ceil(cases / chunkSize) }, (_, index) => index);
  const reports = await Promise.all(
    Array.from({ length: workers }, (_, index) =>
      runWorker(
        seed,
        chunks.filter((chunk) => chunk % workers === index),
      ),
    ),
  );
  const outcomes: Tally = {};
  const findings: Tally = {};
  for (const report of reports) {
    addTo(outcomes, report.outcomes);
    addTo(findings, report.findings);
  }
  const total = reports.reduce((sum, report) => sum + report.cases, 0);
  return { cases: total, outcomes, findings, found: reports.find(({ found }) => found !== undefined)?.found };
}

/** Runs one worker. One that dies, or that does not come back from a case, is a failure of that case. */
function runWorker(seed: number, chunks: readonly number[]): Promise<PureReport> {
  const at = new Int32Array(new SharedArrayBuffer(8));
  const current = new Uint8Array(new SharedArrayBuffer(room));
  const task: PureTask = { seed, chunks, chunkSize, at, current };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task });
  const { promise, resolve } = Promise.withResolvers<PureReport>();
  const give = (why: string) => {
    const body = Buffer.from(current.slice(0, Atomics.load(at, 1)));
    const found: FoundCase = foundReview({ body, options: { minor: 36, onInvalid: 'deny' } }, why);
    resolve({ cases: Atomics.load(at, 0), outcomes: {}, findings: {}, found });
  };
  let seen = -1;
  let seconds = 0;
  const timer = setInterval(() => {
    const now = Atomics.load(at, 0);
    seconds = now === seen ? seconds + 1 : 0;
    seen = now;
    if (seconds < stuck) return;
    give(`not answered after ${stuck} seconds`);
    void worker.terminate();
  }, 1000);
  worker.once('message', resolve);
  worker.once('error', (error) => give(`the process would have died: ${error}`));
  worker.once('exit', (code) => give(`the process would have ended with ${code}`)); // after a message it counts no more
  return promise.finally(() => clearInterval(timer));
}
