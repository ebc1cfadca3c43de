import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startRetryLoop } from '../../src/time/retry-loop.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** Starts a loop on a fake clock. `runs` are the times of its runs, in milliseconds. */
function startLoop(task: (run: number) => Promise<number>) {
  const clock = createFakeClock();
  const stopped = new AbortController();
  const runs: number[] = [];
  const errors: unknown[] = [];
  const runNow = startRetryLoop({
    task: () => {
      runs.push(clock.monotonic());
      return task(runs.length);
    },
    clock,
    signal: stopped.signal,
    onError: (error) => errors.push(error),
  });
  return { clock, runs, errors, runNow, stop: () => stopped.abort() };
}

describe('a retry loop', () => {
  test('runs again after the time that the task returns', async () => {
    const { clock, runs } = startLoop(async () => 1000);
    await clock.advance(3500);
    assert.deepEqual(runs, [0, 1000, 2000, 3000]);
  });

  test('does not spin if the task returns no time', async () => {
    const { clock, runs } = startLoop(async () => 0);
    await clock.advance(1000);
    assert.deepEqual(runs, [0, 200, 400, 600, 800, 1000]);
  });

  test('waits longer after each failure, up to half a minute and a half, and starts over after a success', async () => {
    const { clock, runs, errors } = startLoop(async (run) => {
      if (run === 15) return 600_000;
      throw new Error(`run ${run}`);
    });
    await clock.advance(10 * 60_000);
    const waits = runs.map((time, index) => time - (runs[index - 1] ?? 0)).slice(1);
    for (const [index, wait] of waits.slice(0, 14).entries()) {
      const usual = Math.min(30_000, 500 * 2 ** index);
      assert.ok(wait >= usual / 2 && wait <= usual * 1.5, `${wait} ms after failure ${index + 1}`);
    }
    assert.equal(errors.length, 14);
    await clock.advance(600_000);
    assert.ok((runs[16] ?? Number.NaN) - (runs[15] ?? Number.NaN) <= 750, 'the first retry again');
  });

  test('runs at once when it is woken, once for any number of calls, and after a run that is under way', async () => {
    const gate = Promise.withResolvers<number>();
    const { clock, runs, runNow } = startLoop(async (run) => (run === 2 ? gate.promise : 60_000));
    await clock.advance(1000);
    runNow();
    runNow();
    await clock.advance(0);
    assert.deepEqual(runs, [0, 1000]);
    runNow();
    await clock.advance(500);
    assert.deepEqual(runs, [0, 1000], 'the second run is under way');
    gate.resolve(60_000);
    await clock.advance(0);
    await clock.advance(0);
    assert.deepEqual(runs, [0, 1000, 1500]);
  });

  test('ends with its signal, whether it waits or runs', async () => {
    const waiting = startLoop(async () => 1000);
    await waiting.clock.advance(500);
    waiting.stop();
    waiting.runNow();
    assert.equal(waiting.clock.pending(), 0);

    const gate = Promise.withResolvers<number>();
    const running = startLoop(() => gate.promise);
    running.stop();
    gate.reject(new Error('too late to be reported'));
    await running.clock.advance(60_000);
    assert.deepEqual([running.runs, running.errors, running.clock.pending()], [[0], [], 0]);
  });
});
