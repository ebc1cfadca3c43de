import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDocument } from '../../src/yaml-edit/yaml-document.ts';

// The expected values are those of kubectl create --dry-run=client -o json, 1.35.
for (const [written, read] of [
  ['e2', 'e2'],
  ['E10', 'E10'],
  ['-e3', '-e3'],
  ['.e1', '.e1'],
  ['.', '.'],
  ['._5', '._5'],
  ['0.1e400', '0.1e400'],
  ['0o17', 15],
  ['-0o17', -15],
  ['017', 15],
  ['0x1F', 31],
  ['1_000', 1000],
  ['1e3', 1000],
  ['1e1_0', 1e10],
  ['1.e5', 100_000],
  ['5.', 5],
  ['.5', 0.5],
  ['1.10', 1.1],
  ['12:30', '12:30'],
  ['2001-01-01', '2001-01-01'],
  ['yes', true],
  ['~', null],
] as const) {
  test(`${written} is ${JSON.stringify(read)}, as kubectl reads it`, () => {
    const result = readDocument({ text: `written: ${written}\n`, offset: 0 }, 'value');
    assert.equal(result.kind, 'document');
    assert.deepEqual(result.document.value, { written: read });
  });
}

test('a document that is nested too deeply is a failure', () => {
  const text = `x: ${'['.repeat(5000)}${']'.repeat(5000)}\n`;
  const result = readDocument({ text, offset: 0 }, 'value');
  assert.equal(result.kind, 'failure');
  assert.match(result.problem, /nested too deeply/);
});
