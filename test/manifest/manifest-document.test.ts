import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inject } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions();

test('a document that would need too much memory is an error with its place and a remedy', () => {
  const item = '- { apiVersion: v1, kind: ConfigMap, data: { a: b } }\n';
  const list = `---\napiVersion: v1\nkind: List\nitems:\n${item.repeat(Math.ceil((12 * 1024 * 1024) / item.length))}`;
  const [finding, ...more] = inject(`kind: Service\n${list}`, options).findings;
  assert.deepEqual(more, []);
  assert.deepEqual([finding?.code, finding?.line, finding?.column], ['syntax', 2, 1]);
  assert.match(finding?.message ?? '', /split its List into one document per object/);
});

test('a file of the same size with many documents is read', () => {
  const document = `---\n# ${'x'.repeat(1000)}\nkind: Service\n`;
  const text = document.repeat(Math.ceil((12 * 1024 * 1024) / document.length) + 1);
  assert.equal(inject(text, options).text, text);
});
