import { AssertionError } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const defaultTimeout = 60_000; // milliseconds: most checks pass within two seconds, many more on a busy machine
const interval = 50; // milliseconds between two attempts

/**
 * Repeats a check until its assertions hold, and returns its result. Rethrows the last AssertionError after `timeout`
 * milliseconds, and any other error at once.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeout = defaultTimeout): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof AssertionError) || Date.now() > deadline) throw error;
    }
    await delay(interval);
  }
}
