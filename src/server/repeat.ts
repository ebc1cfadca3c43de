const firstRetry = 500; // milliseconds, doubled up to the last one
const lastRetry = 30_000;

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
  const run = async () => {
    if (signal.aborted) return;
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    running = true;
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
    timer = setTimeout(run, again ? 0 : wait);
    again = false;
  };
  signal.addEventListener('abort', () => clearTimeout(timer));
  void run();
  return () => void run();
}
