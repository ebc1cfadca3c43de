import { performance } from 'node:perf_hooks';

const firstRetry = 500; // milliseconds, doubled up to the last one
const lastRetry = 30_000;
const spacing = 200; // milliseconds between two beginnings at least, so that nothing can make it spin

/**
 * Runs the task again and again: after as many milliseconds as it returns, at once when woken, and with a growing wait
 * after a failure. The returned function wakes it.
 */
export function repeat(
  task: () => Promise<number>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let retry = firstRetry;
  let began = Number.NEGATIVE_INFINITY;
  const schedule = (wait: number) => {
    clearTimeout(timer);
    timer = setTimeout(run, Math.max(wait, began + spacing - performance.now()));
  };
  const run = async () => {
    running = true;
    began = performance.now();
    let wait: number;
    try {
      wait = await task();
      retry = firstRetry;
    } catch (error) {
      if (!signal.aborted) onError(error);
      wait = retry * (0.5 + Math.random()); // apart from the other replicas
      retry = Math.min(lastRetry, retry * 2);
    }
    running = false;
    if (signal.aborted) return;
    schedule(again ? 0 : wait);
    again = false;
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  void run();
  return () => {
    if (running) again = true;
    else if (!signal.aborted) schedule(0);
  };
}
