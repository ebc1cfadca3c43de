import { performance } from 'node:perf_hooks';

/** The time and timers, as in k8s.io/utils/clock. Passed in, so that tests control how time passes. */
export interface Clock {
  /** Returns the wall-clock time. */
  readonly now: () => Date;
  /** Returns the time in milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
  /** Runs a function once, after that many milliseconds. Returns a function that cancels it. */
  readonly schedule: (milliseconds: number, run: () => void) => () => void;
}

/** The clock of the operating system. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  schedule: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after that many milliseconds, or as soon as the signal is aborted. */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.schedule(milliseconds, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      resolve();
    });
  });
}
