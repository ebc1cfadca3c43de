import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inject, lint } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions();

const pod = (annotations: string) =>
  `kind: Pod\napiVersion: v1\nmetadata: {name: a, annotations: {${annotations}}}\nspec: {containers: [{name: main}]}\n`;
const mistaken = pod('downlink.dev/evn: pod');
const warned = pod('downlink.dev/env: pod, downlink.dev/volume-path: /x');
const broken = 'a: [\n';
const many = (document: string, last: string) => [...new Array<string>(1001).fill(document), last].join('---\n');

for (const [name, text, code] of [
  ['a mistake after very many warnings', many(warned, mistaken), 'Forbidden'],
  ['a document that cannot be read after very many mistakes', many(mistaken, broken), 'syntax'],
] as const) {
  test(`${name} is reported at its place`, () => {
    const line = text.split('\n').length - (code === 'syntax' ? 1 : 2);
    for (const findings of [lint([{ name: 'a', text }], options)[0]?.findings ?? [], inject(text, options).findings]) {
      const found = findings.filter((finding) => finding.code === code && finding.line >= line - 2);
      assert.equal(found.length, 1);
      assert.ok(findings.length < 1010, `${findings.length} findings`);
      assert.deepEqual(
        findings.map((finding) => finding.line),
        findings.map((finding) => finding.line).toSorted((one, other) => one - other),
      );
    }
  });
}
