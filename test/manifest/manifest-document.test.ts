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

for (const [name, key] of [
  ['a hexadecimal escape', '"downlink\\x2edev/env"'],
  ['a Unicode escape', '"downlink.dev\\u002fenv"'],
  ['a long Unicode escape', '"\\U00000064ownlink.dev/env"'],
  ['an escaped slash', '"downlink.dev\\/env"'],
  ['escapes after an escaped backslash', '"a\\\\": x, "\\x64ownlink.dev/env"'],
] as const) {
  test(`an annotation is found if its key is written with ${name}`, () => {
    const text = `apiVersion: v1
kind: Pod
metadata: { name: a, annotations: { ${key}: podd } }
spec: { containers: [{ name: main, image: busybox }] }
`;
    const messages = inject(text, options).findings.map(({ message }) => message);
    assert.match(messages.join('\n'), /\[downlink\.dev\/env\]: Invalid value: "podd": unknown field/);
  });
}

test('a file of the same size with many documents is read', () => {
  const document = `---\n# ${'x'.repeat(1000)}\nkind: Service\n`;
  const text = document.repeat(Math.ceil((12 * 1024 * 1024) / document.length) + 1);
  assert.equal(inject(text, options).text, text);
});
