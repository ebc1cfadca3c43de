import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { inject, uninject } from '../../src/index.ts';
import type { Manifest } from '../support/manifests.ts';
import { validOptions } from './valid-options.ts';

const texts = [
  ...['on', 'off', 'yes', 'No', 'y', 'N', 'null', '~', 'true', '=', '<<'],
  ...['1_000', '0b1', '0x_1', '0o7', '07', '1e3', '.inf', '12:30:45', '2026-01-01', '2026-01-01 10:00:00'],
  ...['line 1\n\n', 'a \n', 'x\t\n', '\n', 'a\n b\n', 'no end\nhere', 'x ', ' x', 'x\t', '\tx'],
  ...['\u00a0', 'x\u00a0', 'a\u2028b', '\u2029', '\ufeff', 'x\ufeffy', '\u0085', 'a\u0085b', '\u007f', '\u009f'],
  ...['- a', '# a', 'a # b', 'a: b', '{a', '[a', '&a', '*a', '!a', '|', '>', '%a', '@a', '`a', "'a'", 'a,b'],
];
const layouts = {
  block: '  - name: main\n    image: busybox\n',
  'an empty list in brackets': '  - name: main\n    image: busybox\n    env: []\n',
  'a container in braces': '  - {name: main, image: busybox}\n',
} as const;

for (const [layout, container] of Object.entries(layouts)) {
  describe(`in ${layout}`, () => {
    for (const text of texts) {
      test(`the text ${JSON.stringify(text)} is written so that YAML 1.1 and 1.2 read it, and removed again`, () => {
        const annotation = JSON.stringify(`VAR="${text.replaceAll('"', '""')}", Y="y"`);
        const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    downlink.dev/env: ${annotation}
spec:
  containers:
${container}`;
        const injected = inject(manifest, validOptions()).text;
        assert.ok(injected !== undefined && injected !== manifest);
        assert.doesNotMatch(injected.replace(annotation, ''), /[\u007f-\u009f\u2028\u2029\ufeff]/);
        for (const version of ['1.1', '1.2'] as const) {
          const pod: Manifest = parse(injected, { version });
          const expected = [
            { name: 'VAR', value: text },
            { name: 'Y', value: 'y' },
          ];
          assert.deepEqual(pod.spec.containers[0].env, expected, injected);
        }
        assert.equal(uninject(injected).text, manifest);
      });
    }
  });
}
