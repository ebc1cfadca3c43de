import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inject, uninject } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const podWith = (container: string) => `apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    downlink.dev/env: pod
spec:
  containers:
${container}`;

for (const [name, container, rest] of [
  [
    'the first key of a container',
    '  - env:\n    # pinned\n\n    # for a reason\n    name: m\n    image: x\n',
    '    # pinned\n\n    # for a reason\n  - name: m\n    image: x\n',
  ],
  [
    'a later key of a container',
    '  - name: m\n    env:\n    # pinned\n    image: x\n',
    '  - name: m\n    # pinned\n    image: x\n',
  ],
  ['a key without comments', '  - env:\n\n    name: m\n    image: x\n', '  - name: m\n    image: x\n'],
] as const) {
  test(`comments after a null survive its removal: ${name}`, () => {
    const { text: injected = '' } = inject(podWith(container), validOptions());
    assert.ok(injected.includes('POD_NAME'));
    assert.equal(uninject(injected).text, podWith(rest));
  });
}
