import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inject, manifestOptions } from '../../src/index.ts';

const options = manifestOptions();
assert.ok(!('errors' in options));
const given = options;

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
