import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/time/clock.ts';

/** A clock on which time passes only when a test advances it. */
export interface FakeClock extends Clock {
  /** Lets time pass (milliseconds). Timers run when they are due, each followed by a turn of the event loop. */
  readonly advance: (milliseconds: number) => Promise<void>;
  /** Moves the time forward, as when a machine was suspended. Timers that are due do not run yet. */
  readonly jump: (milliseconds: number) => void;
  /** Lets time pass until a condition holds. Fails after an hour of this clock. */
  readonly until: (what: string, condition: () => boolean) => Promise<void>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The number of timers that have not run. */
  readonly pending: () => number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

const step = 50; // milliseconds
const longest = 60 * 60 * 1000; // milliseconds
const maxRuns = 2_000; // in one advance

export function createFakeClock(start = '2026-11-22T12:00:00Z'): FakeClock {
  let now = 0; // milliseconds since the start
  const timers = new Set<Timer>();
  const nextDue = (end: number) => [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
  const schedule: Clock['schedule'] = (milliseconds, run) => {
    const timer = { at: now + Math.max(0, milliseconds), run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const advance = async (milliseconds: number) => {
    const end = now + milliseconds;
    let runs = 0;
    await turn();
    for (let timer = nextDue(end); timer !== undefined; timer = nextDue(end)) {
      assert.ok(++runs < maxRuns, 'timers spin');
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.run();
      await turn();
    }
    now = Math.max(now, end);
  };
  return {
    now: () => new Date(Date.parse(start) + now),
    monotonic: () => now,
    schedule,
    advance,
    jump: (milliseconds) => {
      now += milliseconds;
    },
    until: async (what, condition) => {
      const end = now + longest;
      while (!condition()) {
        assert.ok(now < end, what);
        await advance(step);
      }
    },
    sleep: (milliseconds) => new Promise((resolve) => void schedule(milliseconds, resolve)),
    pending: () => timers.size,
  };
}
