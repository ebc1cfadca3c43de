import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildPatch } from '../../../src/injection/patch/build-patch.ts';
import { additionsByPath, type PodAddition } from '../../../src/injection/patch/patch-target.ts';
import { operationsOf } from '../../../src/json/json-patch.ts';
import type { PodSpec } from '../../../src/kubernetes/pod.ts';

const volumes = (...names: readonly string[]): PodAddition => ({
  kind: 'elements',
  target: { kind: 'volumes' },
  at: 'end',
  values: names.map((name) => ({ name })),
});
const env: PodAddition = {
  kind: 'elements',
  target: { kind: 'container-member', list: 'initContainers', index: 1, member: 'env' },
  at: 0,
  values: [{ name: 'A' }, { name: 'B' }],
};
const files: PodAddition = {
  kind: 'elements',
  target: { kind: 'volume-items', index: 2 },
  at: 'end',
  values: [{ path: 'labels' }],
};
const sidecar: PodAddition = {
  kind: 'elements',
  target: { kind: 'containers', list: 'initContainers' },
  at: 0,
  values: [{ name: 'ambassador' }],
};
const restartPolicy: PodAddition = { kind: 'field', target: { kind: 'restart-policy', index: 0 }, value: 'Always' };
const status = ['/metadata/annotations/downlink.dev~1status', '{}'] as const;

/** Returns path and value of each operation. */
function operations(spec: PodSpec, planned: readonly PodAddition[]) {
  return operationsOf(additionsByPath(buildPatch({ metadata: { annotations: {} }, spec }, planned, '{}'))).map(
    ({ path, value }) => [path, value],
  );
}

describe('a patch', () => {
  for (const [name, spec, planned, expected] of [
    ['without additions has no operations', {}, [], []],
    [
      'extends a list, one operation per value',
      { initContainers: [{ name: 'a' }, { name: 'b', env: [{ name: 'C' }] }] },
      [env],
      [['/spec/initContainers/1/env/0', { name: 'A' }], ['/spec/initContainers/1/env/1', { name: 'B' }], status],
    ],
    [
      'adds a missing list whole',
      { initContainers: [{ name: 'a' }, { name: 'b' }] },
      [env],
      [['/spec/initContainers/1/env', [{ name: 'A' }, { name: 'B' }]], status],
    ],
    [
      'adds a list whole instead of null',
      { volumes: null },
      [volumes('a')],
      [['/spec/volumes', [{ name: 'a' }]], status],
    ],
    ['adds missing init containers whole', {}, [sidecar], [['/spec/initContainers', [{ name: 'ambassador' }]], status]],
    [
      'joins the volumes of two parts in one list',
      {},
      [volumes('a'), volumes('b')],
      [['/spec/volumes', [{ name: 'a' }, { name: 'b' }]], status],
    ],
    [
      'appends the volumes of two parts in their order',
      { volumes: [{ name: 'own' }] },
      [volumes('a'), volumes('b')],
      [['/spec/volumes/-', { name: 'a' }], ['/spec/volumes/-', { name: 'b' }], status],
    ],
    [
      'adds files to a volume',
      { volumes: [{ name: 'x' }, { name: 'y' }, { name: 'downlink', downwardAPI: { items: [] } }] },
      [files],
      [['/spec/volumes/2/downwardAPI/items/-', { path: 'labels' }], status],
    ],
    [
      'sets a field',
      { initContainers: [{ name: 'ambassador' }] },
      [restartPolicy],
      [['/spec/initContainers/0/restartPolicy', 'Always'], status],
    ],
  ] as const) {
    test(name, () => assert.deepEqual(operations(spec, planned), expected));
  }
});

describe('the annotations', () => {
  const kubeconfig: PodAddition = { kind: 'field', target: { kind: 'annotation', name: 'kubeconfig' }, value: 'x' };
  const both = { 'downlink.dev/kubeconfig': 'x', 'downlink.dev/status': '{}' };
  for (const [name, metadata, expected] of [
    [
      'of a pod that has some are added one by one',
      { annotations: { a: 'b' } },
      [['/metadata/annotations/downlink.dev~1kubeconfig', 'x'], status],
    ],
    ['of a pod that has none are added as a whole', { name: 'x' }, [['/metadata/annotations', both]]],
    [
      'of a pod whose annotations are null are added as a whole',
      { annotations: null },
      [['/metadata/annotations', both]],
    ],
    ['of a pod without metadata are added with it', undefined, [['/metadata', { annotations: both }]]],
  ] as const) {
    test(name, () => {
      const patch = buildPatch({ ...(metadata && { metadata }), spec: {} }, [kubeconfig], '{}');
      assert.deepEqual(
        operationsOf(additionsByPath(patch)).map(({ path, value }) => [path, value]),
        expected,
      );
    });
  }
});

test('mounts of several parts in a container without mounts are added as one list', () => {
  const mount = (name: string): PodAddition => ({
    kind: 'elements',
    target: { kind: 'container-member', list: 'containers', index: 0, member: 'volumeMounts' },
    at: 'end',
    values: [{ name, mountPath: `/${name}` }],
  });
  const secrets: PodAddition = {
    kind: 'elements',
    target: { kind: 'image-pull-secrets' },
    at: 'end',
    values: [{ name: 's' }],
  };
  const planned = [mount('a'), volumes('a'), mount('b'), volumes('b'), secrets];
  assert.deepEqual(operations({ containers: [{ name: 'main' }] }, planned), [
    [
      '/spec/containers/0/volumeMounts',
      [
        { name: 'a', mountPath: '/a' },
        { name: 'b', mountPath: '/b' },
      ],
    ],
    ['/spec/volumes', [{ name: 'a' }, { name: 'b' }]],
    ['/spec/imagePullSecrets', [{ name: 's' }]],
    status,
  ]);
});
