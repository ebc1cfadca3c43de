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
