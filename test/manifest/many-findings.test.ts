import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain, inject, lint, type ManifestFinding, uninject } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions({ kubernetesVersion: '1.33' }, 'default');

/** Returns documents with one pod each, which has that many invalid items and an unreadable status. */
const manifest = (pods: number, items: number) =>
  Array.from({ length: pods }, (_, pod) => {
    const env = Array.from({ length: items }, (__, item) => `NAME${item}=metadata.nam`).join();
    const annotations = `{downlink.dev/env: "${env}", downlink.dev/status: "x"}`;
    return `apiVersion: v1\nkind: Pod\nmetadata: {name: pod${pod}, annotations: ${annotations}}\nspec: {containers: [{name: main}]}\n`;
  }).join('---\n');
const lintOf = (text: string) => lint([{ name: 'pods.yaml', text }], options)[0]?.findings ?? [];
const commands: Readonly<Record<string, (text: string) => readonly ManifestFinding[]>> = {
  lint: lintOf,
  inject: (text) => inject(text, options).findings,
  explain: (text) => explain(text, options).pods.flatMap(({ findings }) => findings),
};

describe('for a pod with very many mistakes', () => {
  for (const [name, findingsOf] of Object.entries(commands)) {
    test(`${name} shows the first hundred and how many more there are`, () => {
      const findings = findingsOf(manifest(1, 900));
      assert.equal(findings.length, 101);
      const { severity, code, message, object, line } = findings.at(-1) ?? assert.fail();
      assert.deepEqual([severity, code, message, object, line], ['error', 'more', 'and 801 more', 'Pod/pod0', 3]);
    });
  }
});

describe('for a manifest with very many mistakes', () => {
  for (const name of ['lint', 'inject'] as const) {
    test(`${name} shows the first thousand and that there are more`, () => {
      const findings = commands[name]?.(manifest(30, 900)) ?? [];
      assert.equal(findings.length, 1001);
      const { severity, code, message } = findings.at(-1) ?? assert.fail();
      assert.deepEqual([severity, code, message], ['error', 'more', 'and at least 2030 more']);
    });
  }

  test('uninject shows the first thousand and returns no text', () => {
    const { findings, text } = uninject(manifest(1200, 1));
    assert.equal(text, undefined);
    assert.deepEqual([findings.length, findings.at(-1)?.message], [1001, 'and at least 200 more']);
  });

  test('an error after a thousand warnings is an error', () => {
    const warned =
      'apiVersion: v1\nkind: Pod\nmetadata: {annotations: {downlink.dev/env: ""}}\nspec: {containers: [{name: a}]}\n---\n';
    const findings = lintOf(warned.repeat(1100) + manifest(1, 1));
    assert.ok(findings.some(({ severity }) => severity === 'error'));
    assert.equal(inject(warned.repeat(1100) + manifest(1, 1), options).text, undefined);
  });
});
