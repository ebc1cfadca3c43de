import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogBatch } from '../../src/server/log-batch.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function batch() {
  const lines: string[] = [];
  const clock = createFakeClock();
  const log = { info: (line: object, message: string) => void lines.push(`${message} ${JSON.stringify(line)}`) };
  return { lines, clock, log: createLogBatch(log, clock) };
}

test('lines are written after a few milliseconds, in their order', async () => {
  const { lines, clock, log } = batch();
  log.info({ uid: '1' }, 'review');
  log.info({ uid: '2' }, 'workload review');
  await clock.advance(9);
  assert.deepEqual(lines, []);
  await clock.advance(1);
  assert.deepEqual(lines, ['review {"uid":"1"}', 'workload review {"uid":"2"}']);
  log.info({ uid: '3' }, 'review');
  await clock.advance(10);
  assert.equal(lines.length, 3, 'each batch has its own time');
});

test('many lines do not wait', async () => {
  const { lines, clock, log } = batch();
  for (let index = 0; index < 40; index++) log.info({ index }, 'review');
  assert.equal(lines.length, 32);
  await clock.advance(10);
  assert.equal(lines.length, 40);
});

test('a flush writes the lines that wait, once', async () => {
  const { lines, clock, log } = batch();
  log.info({ uid: '1' }, 'review');
  log.flush();
  assert.equal(lines.length, 1);
  await clock.advance(100);
  log.flush();
  assert.equal(lines.length, 1);
});
