import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { checkReview } from './check-review.ts';
import { loadCorpus } from './corpus.ts';
import { type FoundCase, foundReview } from './found.ts';
import { chunkSeed, type PureTask } from './pure.ts';
import { caseOf, type ReviewCase, type ReviewScript, reviewScript } from './review-cases.ts';
import { count, type Tally } from './tally.ts';

// Runs chunks of cases. The current case is in shared memory, in case the worker never finishes it.
const { seed, chunks, chunkSize, at, current } = workerData as PureTask;
const webhookTimeout = 5000; // milliseconds: timeoutSeconds of the webhook configuration

export interface PureReport {
  readonly cases: number;
  readonly outcomes: Tally;
  readonly findings: Tally;
  readonly found: FoundCase | undefined;
}

const corpus = await loadCorpus();
const outcomes: Tally = {};
const findings: Tally = {};
let cases = 0;
let found: FoundCase | undefined;

for (const chunk of chunks) {
  const property = fc.property(reviewScript, (script) => check(caseOf(corpus, script)));
  const { failed, counterexample, errorInstance } = fc.check(property, {
    numRuns: chunkSize,
    seed: chunkSeed(seed, chunk),
  });
  if (!failed) continue;
  const [script] = counterexample as [ReviewScript];
  const why = errorInstance instanceof Error ? `${errorInstance.name}: ${errorInstance.message}` : `${errorInstance}`;
  found = foundReview(caseOf(corpus, script), why);
  break;
}
parentPort?.postMessage({ cases, outcomes, findings, found } satisfies PureReport);

function check(given: ReviewCase): void {
  current.set(given.body.subarray(0, current.length));
  Atomics.store(at, 1, given.body.length);
  Atomics.add(at, 0, 1);
  const began = performance.now();
  const verdict = checkReview(given);
  const milliseconds = performance.now() - began;
  if (milliseconds > webhookTimeout)
    throw new Error(`took ${milliseconds} ms; the API server waits for ${webhookTimeout}`);
  cases++;
  count(outcomes, verdict.outcome);
  for (const finding of verdict.findings) count(findings, finding);
}
