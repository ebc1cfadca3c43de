import { AssertionError } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const usualPatience = 60_000; // milliseconds: what is awaited takes a second or two; a busy machine may take many more
const interval = 50; // milliseconds between two looks

/** Looks again while an assertion fails, for that many milliseconds, and returns what it sees at last. Any other error ends it at once. */
export async function eventually<T>(look: () => Promise<T>, patience = usualPatience): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof AssertionError) || Date.now() > deadline) throw error;
    }
    await delay(interval);
  }
}
