import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCollector, foundAll, joinFound, listFound, mapFound } from '../../src/diagnostics/findings.ts';

interface Numbered {
  readonly number: number;
}

const numbers = (from: number, length: number) => Array.from({ length }, (_, index) => ({ number: from + index }));
const collected = (length: number, max?: number) => {
  const collector = createCollector<Numbered>(max);
  for (const one of numbers(0, length)) collector.push(one);
  return collector;
};
const show = ({ number }: Numbered) => `#${number}`;

describe('a collector', () => {
  test('counts all findings and keeps the first hundred', () => {
    const { first, total } = collected(350_000);
    assert.equal(total, 350_000);
    assert.deepEqual(first, numbers(0, 100));
  });

  test('creates only the findings that it keeps', () => {
    const collector = createCollector<Numbered>(2);
    let made = 0;
    for (let index = 0; index < 5; index++) collector.push(() => ({ number: made++ }));
    assert.deepEqual([made, collector.total, collector.first], [2, 5, numbers(0, 2)]);
  });
});

describe('findings', () => {
  test('keep their number when they are mapped', () => {
    assert.deepEqual(mapFound(collected(300, 2), show), { first: ['#0', '#1'], total: 300 });
  });

  for (const [name, one, other, expected] of [
    ['that are all kept are joined', numbers(0, 2), numbers(2, 1), { first: numbers(0, 3), total: 3 }],
    ['are joined with none', numbers(0, 2), [], { first: numbers(0, 2), total: 2 }],
  ] as const) {
    test(name, () => assert.deepEqual(joinFound<Numbered>(foundAll(one), foundAll(other)), expected));
  }

  test('after some that were not kept are counted but not kept', () => {
    const joined = joinFound<Numbered>(collected(300, 2), foundAll(numbers(300, 1)));
    assert.deepEqual(joined, { first: numbers(0, 2), total: 301 });
  });

  for (const [name, total, expected] of [
    ['as many as fit', 2, ['#0', '#1']],
    ['more than fit', 3, ['#0', '#1', 'mark: and 1 more']],
    ['more than were kept', 300, ['#0', '#1', 'mark: and 298 more']],
    ['none', 0, []],
  ] as const) {
    test(`are listed: ${name}`, () => {
      assert.deepEqual(listFound(collected(total, 100), 2, show, 'mark: '), expected);
    });
  }

  test('that are not listed are not formatted', () => {
    let formatted = 0;
    listFound(collected(100), 20, () => `${formatted++}`);
    assert.equal(formatted, 20);
  });
});
