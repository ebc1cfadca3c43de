import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseQuantity } from '../../src/kubernetes/quantity.ts';

describe('a quantity', () => {
  for (const [quantity, value] of [
    ['0', 0],
    ['1', 1],
    [1, 1],
    [0.1, 0.1],
    ['100m', 0.1],
    ['0.1', 0.1],
    ['.5', 0.5],
    ['5.', 5],
    ['+1', 1],
    ['-1', -1],
    ['1u', 1e-6],
    ['1n', 1e-9],
    ['1k', 1000],
    ['1M', 1e6],
    ['1G', 1e9],
    ['1T', 1e12],
    ['1P', 1e15],
    ['1E', 1e18],
    ['1Ki', 1024],
    ['20Mi', 20 * 1024 ** 2],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['1Ti', 1024 ** 4],
    ['1Pi', 1024 ** 5],
    ['1Ei', 1024 ** 6],
    ['1e3', 1000],
    ['1E3', 1000],
    ['12e-1', 1.2],
    ['1e+3', 1000],
  ] as const) {
    test(`${JSON.stringify(quantity)} is ${value}`, () => {
      assert.equal(parseQuantity(quantity), value);
    });
  }

  for (const text of [
    '',
    ' ',
    '.',
    '-',
    'm',
    'Mi',
    '1 Mi',
    '1mi',
    '1KI',
    '1K',
    '1MB',
    '1,5',
    '1_000',
    '0x10',
    '1e',
    '1e1.5',
    '1e9999',
    '1 ',
    '1\n',
    '--1',
    'Infinity',
    'NaN',
    '１',
    'constructor',
    '9'.repeat(65),
  ]) {
    test(`${JSON.stringify(text.slice(0, 20))} of ${text.length} characters is not a quantity`, () => {
      assert.equal(parseQuantity(text), undefined);
    });
  }

  test('NaN and Infinity are not quantities', () => {
    assert.equal(parseQuantity(Number.NaN), undefined);
    assert.equal(parseQuantity(Number.POSITIVE_INFINITY), undefined);
  });
});
