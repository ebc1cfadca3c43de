import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nestsTooDeeply } from '../../playground/src/nesting.ts';

const list = '- item: [1, {a: b}]';

test('text that nests up to the limits keeps its colors', () => {
  assert.equal(nestsTooDeeply([]), false);
  assert.equal(nestsTooDeeply(new Array<string>(10_000).fill(list)), false);
  assert.equal(nestsTooDeeply([`${'['.repeat(500)}${']'.repeat(500)}`, '['.repeat(500)]), false);
  assert.equal(nestsTooDeeply([`a: ${'-'.repeat(5000)}`, `# ${' '.repeat(5000)}`, 'x'.repeat(1_000_000)]), false);
  assert.equal(nestsTooDeeply([']'.repeat(10_000), '['.repeat(500)]), false, 'brackets that close nothing');
});

test('text that nests more deeply does not', () => {
  assert.equal(nestsTooDeeply(['['.repeat(501)]), true);
  assert.equal(nestsTooDeeply(new Array<string>(501).fill('{a:')), true, 'on several lines');
  assert.equal(nestsTooDeeply(['- '.repeat(500)]), true);
  assert.equal(nestsTooDeeply(['? - : '.repeat(200)]), true);
  assert.equal(nestsTooDeeply([list, `${' '.repeat(999)}- a`]), true, 'by its indentation');
});
