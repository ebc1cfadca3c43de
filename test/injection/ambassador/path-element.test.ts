import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { elementOtherThan } from '../../../src/injection/ambassador/path-element.ts';

const expressionOf = (words: readonly string[]) => new RegExp(`^/${elementOtherThan(words)}(/|$)`);

describe('an element other than "namespaces" and "watch"', () => {
  const expression = expressionOf(['namespaces', 'watch']);
  for (const [path, expected] of [
    ['/clusters', true],
    ['/clusters/one', true],
    ['/namespace', true],
    ['/namespacesx', true],
    ['/namespacez', true],
    ['/n', true],
    ['/nodes', true],
    ['/w', true],
    ['/watches', true],
    ['/namespaces', false],
    ['/namespaces/one', false],
    ['/watch', false],
    ['/watch/namespaces', false],
    ['/', false],
    ['//', false],
  ] as const) {
    test(`${expected ? 'is' : 'is not'} in ${path}`, () => assert.equal(expression.test(path), expected));
  }
});

test('an element other than some words matches all others', () => {
  const word = fc.stringMatching(/^[ab]{1,4}$/);
  const element = fc.oneof(word, fc.stringMatching(/^[abc]{0,6}$/));
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 5 }), element, (words, text) => {
      const expected = text !== '' && !words.includes(text);
      assert.equal(expressionOf(words).test(`/${text}`), expected, elementOtherThan(words));
    }),
    { numRuns: 2000 },
  );
});
