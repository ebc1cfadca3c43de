import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyChecked, SelfCheckError } from '../../../src/injection/patch/self-check.ts';
import { add } from '../../support/add-operation.ts';

const pod = {
  spec: {
    initContainers: [{ name: 'prepare' }],
    containers: [{ name: 'main', env: [{ name: 'A' }], volumeMounts: [{ name: 'work', mountPath: '/work' }] }],
    volumes: [{ name: 'work' }],
    imagePullSecrets: [{ name: 'registry' }],
  },
};

describe('a patch is rejected as a bug', () => {
  for (const [name, operation, expected] of [
    ['if it does not apply', add(['spec', 'containers', 7, 'env'], []), /does not apply/],
    ['if it adds a second container', add(['spec', 'containers', '-'], { name: 'main' }), /second container main/],
    [
      'if it adds a container with the name of an init container',
      add(['spec', 'containers', '-'], { name: 'prepare' }),
      /second container prepare/,
    ],
    ['if it adds a second volume', add(['spec', 'volumes', '-'], { name: 'work' }), /second volume work/],
    [
      'if it adds a second pull secret',
      add(['spec', 'imagePullSecrets', '-'], { name: 'registry' }),
      /second image pull secret registry/,
    ],
    [
      'if it adds a second variable',
      add(['spec', 'containers', 0, 'env', 0], { name: 'A' }),
      /second variable A in container main/,
    ],
    [
      'if it adds a second mount at one path',
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

describe('a patch is accepted', () => {
  const twice = [{ name: 'A' }, { name: 'A' }];
  for (const [name, given, operation] of [
    ['if it adds what the pod does not have', pod, add(['spec', 'containers', 0, 'env', 0], { name: 'B' })],
    [
      'if the pod itself has a variable twice',
      { spec: { containers: [{ name: 'main', env: twice }] } },
      add(['spec', 'containers', 0, 'env', 0], { name: 'B' }),
    ],
    [
      'if another container has the variable',
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
