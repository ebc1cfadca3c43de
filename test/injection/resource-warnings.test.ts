import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outcomeOf, podWith } from './injected.ts';

/** Returns the warnings of these two kinds, each as annotation and detail. */
function warnings(annotations: Readonly<Record<string, string>>, spec: object): readonly string[] {
  const outcome = outcomeOf(podWith(annotations, spec));
  assert.ok(outcome.kind === 'injected', JSON.stringify(outcome));
  return outcome.warnings.first
    .filter(({ code }) => code === 'node-allocatable' || code === 'resize-without-restart')
    .map(({ field, detail }) => `${field.replace(/.*\/|\]/g, '')}: ${detail}`);
}

const containers = (...all: readonly object[]) => ({ containers: all });
const main = (limits?: object, more: object = {}) => ({ name: 'main', resources: { limits }, ...more });
const none = (resource: string, shown: string, container = 'main') =>
  `container "${container}" has no limits.${resource}, so "${shown}" shows the node's allocatable ${resource}`;

describe('a limit that a container does not have', () => {
  const cpu = none('cpu', 'A');
  for (const [name, env, spec, expected] of [
    ['is reported', 'A=limits.cpu/1m', containers({ name: 'main' }), [`env: ${cpu}`]],
    ['is reported for another resource', 'A=limits.cpu/1m', containers(main({ memory: '1Gi' })), [`env: ${cpu}`]],
    ['is reported if it is zero', 'A=limits.cpu/1m', containers(main({ cpu: '0' })), [`env: ${cpu}`]],
    [
      'is reported if the lists are null',
      'A=limits.cpu/1m',
      containers({ name: 'main', resources: null }),
      [`env: ${cpu}`],
    ],
    ['is not reported if it is there', 'A=limits.cpu/1m', containers(main({ cpu: 1 })), []],
    ['is not reported for a request', 'A=requests.cpu/1m', containers({ name: 'main' }), []],
    ['is not reported for huge pages', 'A=limits.hugepages-2Mi', containers({ name: 'main' }), []],
    [
      'is reported for ephemeral storage',
      'A=limits.ephemeral-storage',
      containers({ name: 'main' }),
      [`env: ${none('ephemeral-storage', 'A')}`],
    ],
    [
      'is reported once for each resource',
      'A=limits.cpu/1m, B=limits.memory, C=limits.cpu/1m',
      containers({ name: 'main' }, { name: 'worker' }, { name: 'full', resources: { limits: { cpu: 1, memory: 1 } } }),
      [
        'env: containers "main", "worker" have no limits.cpu, so "A", "C" show the node\'s allocatable cpu',
        'env: containers "main", "worker" have no limits.memory, so "B" shows the node\'s allocatable memory',
      ],
    ],
    [
      "is the pod's",
      'A=limits.cpu/1m, B=limits.memory',
      { ...containers({ name: 'main' }), resources: { limits: { cpu: '1' } } },
      [`env: ${none('memory', 'B')}`],
    ],
    [
      'is not reported if the container has its own variable of that name',
      'A=limits.cpu/1m',
      containers(
        { name: 'main', env: [{ name: 'A', value: '1' }] },
        { name: 'other', resources: { limits: { cpu: 1 } } },
      ),
      [],
    ],
  ] as const) {
    test(`${name}, for a variable`, () => assert.deepEqual(warnings({ env }, spec), expected));
  }

  for (const [name, volume, spec, expected] of [
    ['is reported', 'a=limits.cpu/1m', containers({ name: 'main' }), [`volume: ${none('cpu', 'a')}`]],
    ['is not reported if it is there', 'a=limits.cpu/1m', containers(main({ cpu: '1' })), []],
    [
      'is that of the container that the file names',
      'a=worker:limits.cpu/1m',
      containers(main({ cpu: 1 }), { name: 'worker' }),
      [`volume: ${none('cpu', 'a', 'worker')}`],
    ],
    [
      "is not the pod's",
      'a=limits.cpu/1m',
      { ...containers({ name: 'main' }), resources: { limits: { cpu: '1' } } },
      [`volume: ${none('cpu', 'a')}`],
    ],
  ] as const) {
    test(`${name}, for a file`, () => assert.deepEqual(warnings({ volume }, spec), expected));
  }

  test('is not reported again in a reinvocation', () => {
    const first = outcomeOf(podWith({ env: 'A=limits.cpu/1m', volume: 'a=limits.cpu/1m' }));
    assert.ok(first.kind === 'injected');
    const second = outcomeOf(first.pod);
    assert.deepEqual(second.kind === 'skipped' && second.warnings.first, []);
  });
});

describe('a resize', () => {
  const policy = (...entries: readonly (readonly [resourceName: string, restartPolicy: string])[]) => ({
    resizePolicy: entries.map(([resourceName, restartPolicy]) => ({ resourceName, restartPolicy })),
  });
  const limits = { cpu: '1', memory: '1Gi' };
  const kept = (...names: readonly string[]) =>
    `env: a resize of container "main" needs no restart, so ${names.map((name) => `"${name}"`).join(', ')} ${names.length > 1 ? 'keep' : 'keeps'} the old value; files are updated`;
  for (const [name, env, more, expected] of [
    ['without a restart is reported', 'A=limits.cpu/1m', policy(['cpu', 'NotRequired']), [kept('A')]],
    ['without a restart is reported for requests', 'A=requests.cpu/1m', policy(['cpu', 'NotRequired']), [kept('A')]],
    ['with a restart is fine', 'A=limits.cpu/1m', policy(['cpu', 'RestartContainer']), []],
    ['of another resource is fine', 'A=limits.cpu/1m', policy(['memory', 'NotRequired']), []],
    [
      'of each resource is reported separately',
      'A=limits.cpu/1m, B=limits.memory',
      policy(['cpu', 'RestartContainer'], ['memory', 'NotRequired']),
      [kept('B')],
    ],
    ['without a policy is fine', 'A=limits.cpu/1m', { resizePolicy: null }, []],
    ['does not affect fields', 'metadata.name', policy(['cpu', 'NotRequired']), []],
  ] as const) {
    test(name, () => assert.deepEqual(warnings({ env }, containers(main(limits, more))), expected));
  }

  test('updates files', () => {
    const spec = containers(main(limits, policy(['cpu', 'NotRequired'])));
    assert.deepEqual(warnings({ volume: 'resources' }, spec), []);
  });
});
