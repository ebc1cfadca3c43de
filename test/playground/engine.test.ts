import assert from 'node:assert/strict';
import { createHash as nodeHash } from 'node:crypto';
import test from 'node:test';
import { createHash } from '../../playground/src/browser-node-crypto.ts';
import { isDeepStrictEqual } from '../../playground/src/browser-node-util.ts';
import { readSelection, withItem, withOthers } from '../../playground/src/builder/item-choices.ts';
import { annotate, annotatedPods } from '../../playground/src/pod-annotations.ts';

test("the page's SHA-256 is that of Node.js for texts of every length around a block, and beyond ASCII", () => {
  const texts = [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000].map((length) => 'a'.repeat(length));
  for (const text of [...texts, 'ü名前😀'.repeat(20)]) {
    assert.equal(createHash('sha256').update(text).digest('hex'), nodeHash('sha256').update(text).digest('hex'));
  }
});

test("the page's comparison of JSON values is strict, and independent of the order of keys", () => {
  assert(isDeepStrictEqual({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] }));
  const different: readonly (readonly [unknown, unknown])[] = [
    [1, '1'],
    [null, undefined],
    [[], {}],
    [[1], [1, 2]],
    [{ a: undefined }, { b: undefined }],
    [{ a: 1 }, { a: 1, b: 2 }],
  ];
  for (const [one, other] of different) assert(!isDeepStrictEqual(one, other), JSON.stringify([one, other]));
});

const pod = `kind: Pod
apiVersion: v1
metadata: # of the pod
  name: a
spec:
  containers: [{ name: main }]
`;

const annotated = (manifest: string, index: number, annotations: Readonly<Record<string, string | undefined>>) => {
  const reply = annotate(manifest, index, annotations);
  assert(reply.kind === 'annotated', JSON.stringify(reply));
  return reply.manifest;
};

test('the builder adds the annotations of a pod that has none, and leaves the rest as it is', () => {
  const result = annotated(pod, 0, { 'downlink.dev/env': 'pod', 'downlink.dev/ambassador': 'true' });
  assert.equal(
    result,
    pod.replace(
      '  name: a\n',
      '  name: a\n  annotations:\n    downlink.dev/env: pod\n    downlink.dev/ambassador: "true"\n',
    ),
  );
});

test('the builder changes an annotation in place and removes another one', () => {
  const before = pod.replace(
    '  name: a\n',
    '  annotations:\n    downlink.dev/env: |\n      pod\n      node\n    team: x # own\n    downlink.dev/volume: labels\n  name: a\n',
  );
  const result = annotated(before, 0, { 'downlink.dev/env': 'pod', 'downlink.dev/volume': undefined });
  const after = before.replace('|\n      pod\n      node\n', 'pod\n').replace('    downlink.dev/volume: labels\n', '');
  assert.equal(result, after);
});

test('the builder removes the last annotation', () => {
  const before = pod.replace('  name: a\n', '  name: a\n  annotations:\n    downlink.dev/env: pod\n');
  assert.equal(annotated(before, 0, { 'downlink.dev/env': undefined }), pod);
});

test('the builder writes to the second object of a stream, and to the pod template of a workload', () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: main
`;
  const manifest = `${pod}---\n${deployment}`;
  assert.deepEqual(
    annotatedPods(manifest).map(({ name }) => name),
    ['Pod/a', 'Deployment/web'],
  );
  const result = annotated(manifest, 1, { 'downlink.dev/env': 'pod' });
  assert(result.startsWith(pod));
  assert.deepEqual(annotatedPods(result)[1]?.annotations, { 'downlink.dev/env': 'pod' });
  assert.match(result, / {2}template:\n(?: .*\n)*? {4}metadata:\n {6}annotations:\n {8}downlink\.dev\/env: pod\n/);
});

test('a manifest that the builder cannot write to gets a sentence', () => {
  const start = 'kind: Pod\napiVersion: v1\n';
  const notPods = ['', 'hello', 'kind: Service', 'a: [', '{{ .Values.x }}'];
  const notMaps = [`${start}metadata: text\n`, `${start}metadata: { annotations: [a] }\nspec: {}\n`];
  for (const manifest of [...notPods, ...notMaps]) {
    const reply = annotate(manifest, 0, { 'downlink.dev/env': 'pod' });
    assert(reply.kind === 'failed', manifest);
    assert.match(reply.problem, /\.$/);
  }
});

test('the builder ticks what a list requests, and keeps the rest in the field for own items', () => {
  const { ticked, others } = readSelection('env', 'node, limits.cpu/1m, metadata.name, TEAM="a, b", POD=metadata.name');
  assert.deepEqual([...ticked], ['node', 'limits.cpu', 'metadata.name']);
  assert.equal(others, 'TEAM="a, b", POD=metadata.name');
});

test('a group replaces its members, and `true` is written out when a part of it goes', () => {
  assert.equal(withItem('env', 'metadata.name, TEAM="a", status.podIP', 'pod', true), 'TEAM="a", pod');
  assert.equal(withItem('env', 'true', 'node', false), 'pod, resources');
  assert.equal(withItem('volume', 'labels', 'requests.cpu', true), 'labels, requests.cpu');
  assert.equal(withOthers('env', 'pod, A="1"', 'B="2"'), 'pod, B="2"');
});
