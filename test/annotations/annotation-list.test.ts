import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseList, splitList } from '../../src/annotations/annotation-list.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { kept } from './kept.ts';

describe('a list', () => {
  for (const [name, value, expected] of [
    ['is separated by commas', 'a,b', ['a', 'b']],
    ['is separated by newlines', 'a\nb\n', ['a', 'b']],
    ['is separated by Windows newlines', 'a\r\nb\r\n', ['a', 'b']],
    ['can mix the two', 'a,\nb\n,c', ['a', 'b', 'c']],
    ['has no spaces around items', ' a ,\tb', ['a', 'b']],
    ['keeps spaces within items', 'a = b', ['a = b']],
    ['has no empty items', ',,a,,\n\n, ,', ['a']],
    ['is empty without any text', '', []],
    ['is empty if it has only separators', ' ,\n ', []],
    ['is not separated by semicolons', 'a;b', ['a;b']],
  ] as const) {
    test(name, () => {
      assert.deepEqual(splitList(value), expected);
    });
  }

  test('has each item once, at its first position', () => {
    const findings = emptyFindings();
    assert.deepEqual(parseList('env', 'b, a, b, a', findings), ['b', 'a']);
    assert.deepEqual(kept(findings), { errors: [], warnings: [] });
  });

  for (const [items, kinds] of [
    [1000, []],
    [1001, ['TooLong']],
  ] as const) {
    test(`of ${items} items gives ${kinds.length} errors`, () => {
      const findings = emptyFindings();
      const value = Array.from({ length: items }, (_, index) => `item${index}`).join();
      assert.equal(parseList('volume', value, findings).length, kinds.length > 0 ? 0 : items);
      assert.deepEqual(
        findings.errors.first.map(({ kind }) => kind),
        kinds,
      );
    });
  }
});
