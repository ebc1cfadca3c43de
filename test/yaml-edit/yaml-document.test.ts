import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inject, manifestOptions } from '../../src/index.ts';
import { readDocument } from '../../src/yaml-edit/yaml-document.ts';

const options = manifestOptions();
assert.ok(!('errors' in options));
const given = options;

// As kubectl reads them (create --dry-run=client -o json, 1.35).
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
  test(`${written} is ${JSON.stringify(read)}, as kubectl has it`, () => {
    const document = readDocument({ text: `written: ${written}\n`, offset: 0 }, true);
    assert.ok('value' in document);
    assert.deepEqual(document.value, { written: read });
  });
}

test('what is nested too deeply is said to be', () => {
  const text = `kind: Pod\nmetadata: { annotations: { downlink.dev/env: pod } }\nx: ${'['.repeat(5000)}${']'.repeat(5000)}\n`;
  const [finding] = inject(text, given).findings;
  assert.match(finding?.message ?? '', /nested too deeply/);
});

test('one document that would take all memory is refused with what to do, and the place', () => {
  const item = '- { apiVersion: v1, kind: ConfigMap, data: { a: b } }\n';
  const list = `---\napiVersion: v1\nkind: List\nitems:\n${item.repeat(Math.ceil((12 * 1024 * 1024) / item.length))}`;
  const [finding, ...more] = inject(`kind: Service\n${list}`, given).findings;
  assert.deepEqual(more, []);
  assert.deepEqual([finding?.code, finding?.line, finding?.column], ['syntax', 2, 1]);
  assert.match(finding?.message ?? '', /write the items of a List as documents of their own/);
});

test('a file of that size with many documents is read', () => {
  const document = `---\n# ${'x'.repeat(1000)}\nkind: Service\n`;
  const text = document.repeat(Math.ceil((12 * 1024 * 1024) / document.length) + 1);
  assert.equal(inject(text, given).text, text);
});
