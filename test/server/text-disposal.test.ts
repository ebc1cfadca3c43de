import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bodyBounds, maxDiscardedText } from '../../src/server/memory-budget.ts';
import { createTextDisposal } from '../../src/server/text-disposal.ts';

const original = globalThis.gc;
let collections = 0;

beforeEach(() => {
  collections = 0;
  globalThis.gc = (() => {
    collections++;
  }) as NonNullable<typeof original>;
});
afterEach(() => {
  if (original === undefined) Reflect.deleteProperty(globalThis, 'gc');
  else globalThis.gc = original;
});

describe('garbage is collected', () => {
  test('once after several large texts, when the current events are handled', async () => {
    const texts = createTextDisposal();
    texts.discard(maxDiscardedText - 1);
    await nextTurn();
    assert.equal(collections, 0);
    for (let count = 0; count < 3; count++) texts.discard(bodyBounds.small + 1);
    assert.equal(collections, 0);
    await nextTurn();
    assert.equal(collections, 1);
    texts.discard(maxDiscardedText - 1);
    await nextTurn();
    assert.equal(collections, 1);
  });

  test('immediately if another body is to be parsed', async () => {
    const texts = createTextDisposal();
    texts.makeRoom();
    assert.equal(collections, 0);
    texts.discard(maxDiscardedText);
    texts.makeRoom();
    assert.equal(collections, 1);
    await nextTurn();
    assert.equal(collections, 1);
  });

  test('never for small texts', async () => {
    const texts = createTextDisposal();
    for (let bytes = 0; bytes <= maxDiscardedText; bytes += bodyBounds.small) texts.discard(bodyBounds.small);
    await nextTurn();
    assert.equal(collections, 0);
  });
});
