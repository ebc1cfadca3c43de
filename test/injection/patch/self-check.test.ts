import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyChecked, SelfCheckError } from '../../../src/injection/patch/self-check.ts';
import { add } from '../../support/add-operation.ts';

const pod = {
  spec: {
    initContainers: [{ name: 'prepare' }],
    containers: [{ name: 'main', env: [{ name: 'A' }], volumeMounts: [{ name: 'work', mountPath: '/work' }] }],
    volumes: [{ name: 'work' }],
  },
};

describe('a patch is a bug of ours', () => {
  for (const [name, operation, expected] of [
    ['where it does not apply', add(['spec', 'containers', 7, 'env'], []), /does not apply/],
    ['where it adds a second container', add(['spec', 'containers', '-'], { name: 'main' }), /second container main/],
    [
      'where it adds a container named like an init container',
      add(['spec', 'containers', '-'], { name: 'prepare' }),
      /second container prepare/,
    ],
    ['where it adds a second volume', add(['spec', 'volumes', '-'], { name: 'work' }), /second volume work/],
    [
      'where it adds a second variable',
      add(['spec', 'containers', 0, 'env', 0], { name: 'A' }),
      /second variable A in container main/,
    ],
    [
      'where it mounts twice at one path',
      add(['spec', 'containers', 0, 'volumeMounts', '-'], { name: 'x', mountPath: '/work' }),
      /second mount path \/work/,
    ],
  ] as const) {
    test(name, () => {
      assert.throws(
        () => applyChecked(pod, [operation]),
        (error) => error instanceof SelfCheckError && expected.test(error.message),
      );
    });
  }
});

describe('a patch is fine', () => {
  const twice = [{ name: 'A' }, { name: 'A' }];
  for (const [name, given, operation] of [
    ['where it adds what the pod does not have', pod, add(['spec', 'containers', 0, 'env', 0], { name: 'B' })],
    [
      'where the pod itself has something twice',
      { spec: { containers: [{ name: 'main', env: twice }] } },
      add(['spec', 'containers', 0, 'env', 0], { name: 'B' }),
    ],
    [
      'where two containers have one variable',
      {
        spec: {
          containers: [
            { name: 'main', env: [] },
            { name: 'b', env: [{ name: 'A' }] },
          ],
        },
      },
      add(['spec', 'containers', 0, 'env', 0], { name: 'A' }),
    ],
  ] as const) {
    test(name, () => {
      assert.notDeepEqual(applyChecked(given, [operation]), given);
    });
  }
});
