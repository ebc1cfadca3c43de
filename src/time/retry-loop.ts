import type { Clock } from './clock.ts';

const firstRetry = 500; // milliseconds; doubled with each failure
const maxRetry = 30_000; // milliseconds
const minInterval = 200; // milliseconds between two runs, so that the loop never spins

export interface RetryLoopOptions {
  /** Returns the number of milliseconds until the next run. */
  readonly task: () => Promise<number>;
  readonly clock: Clock;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/**
 * Runs a task repeatedly: after the time that it returns, or after a growing delay if it fails. Returns a function that
 * starts the next run now.
 */
export function startRetryLoop({ task, clock, signal, onError }: RetryLoopOptions): () => void {
  let cancel = () => {};
  let isRunning = false;
  let isWoken = false;
  let retry = firstRetry;
  let startedAt = Number.NEGATIVE_INFINITY;
  const runAfter = (delay: number) => {
    cancel();
    cancel = clock.schedule(Math.max(delay, startedAt + minInterval - clock.monotonic()), () => void run());
  };
  const runTask = async (): Promise<number> => {
    try {
      const delay = await task();
      retry = firstRetry;
      return delay;
    } catch (error) {
      if (!signal.aborted) onError(error);
      const delay = retry * (0.5 + Math.random()); // replicas must not retry at the same moment
      retry = Math.min(maxRetry, retry * 2);
      return delay;
    }
  };
  const run = async () => {
    isRunning = true;
    startedAt = clock.monotonic();
    const delay = await runTask();
    isRunning = false;
    if (signal.aborted) return;
    runAfter(isWoken ? 0 : delay);
    isWoken = false;
  };
  signal.addEventListener('abort', () => cancel());
  void run();
  return () => {
    if (isRunning) isWoken = true;
    else if (!signal.aborted) runAfter(0);
  };
}
