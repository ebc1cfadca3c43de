import { Worker } from 'node:worker_threads';
import { type FoundCase, foundReview } from './found.ts';
import { addTo, type Tally } from './tally.ts';
import type { PureReport } from './worker.ts';

/** The task of a worker. */
export interface PureTask {
  readonly seed: number;
  /** Numbers of chunks. Each has its own seed, so that any worker can run it. */
  readonly chunks: readonly number[];
  readonly chunkSize: number;
  /** The number of started cases, and the length of the last body, in bytes. */
  readonly at: Int32Array<SharedArrayBuffer>;
  /** The last body, as far as it fits. */
  readonly current: Uint8Array<SharedArrayBuffer>;
}

const workers = 2;
const chunkSize = 1000;
const stuck = 60; // seconds after which a case counts as endless
const bodyRoom = 2 * 1024 * 1024; // bytes

/** Mixes the number of a chunk into the seed. */
export function chunkSeed(seed: number, chunk: number): number {
  return (seed + Math.imul(chunk + 1, 0x9e3779b1)) | 0;
}

/** Passes cases through the pure function in worker threads. Returns the outcomes and the first failure. */
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

/** Runs one worker. If it crashes or does not finish a case, that case has failed. */
function runWorker(seed: number, chunks: readonly number[]): Promise<PureReport> {
  const at = new Int32Array(new SharedArrayBuffer(8));
  const current = new Uint8Array(new SharedArrayBuffer(bodyRoom));
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
    give(`no answer within ${stuck} seconds`);
    void worker.terminate();
  }, 1000);
  worker.once('message', resolve);
  worker.once('error', (error) => give(`the process would have crashed: ${error}`));
  worker.once('exit', (code) => give(`the process would have exited with ${code}`)); // without effect after a message
  return promise.finally(() => clearInterval(timer));
}
