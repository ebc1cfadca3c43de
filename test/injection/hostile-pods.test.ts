import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Mutation, mutate } from '../../src/admission/mutate-pod.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { reviewOf } from '../support/admission-review.ts';

/** Returns the answer to a pod that was parsed from JSON, so that `__proto__` is an ordinary member. */
function answerTo(pod: unknown): Mutation {
  const mutation = mutate(reviewOf(pod), { ...defaultOptions, onInvalid: 'deny' });
  if ('problem' in mutation) throw new Error(mutation.problem);
  return mutation;
}

const annotated = (annotations: object, spec: unknown = { containers: [{ name: 'main' }] }) => ({
  metadata: {
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, value]) => [`downlink.dev/${name}`, value]),
    ),
  },
  spec,
});
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const list = (count: number, make: (index: number) => string) => many(count, make).join();

/** `[[[...]]]`, too deep for a recursive walk. */
function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

describe('a hostile pod', () => {
  for (const [name, pod, expected] of [
    ['that is null is skipped', null, 'skipped'],
    ['that is a list is skipped', [[]], 'skipped'],
    ['without a spec is denied', { metadata: { annotations: { 'downlink.dev/env': 'pod' } } }, 'denied'],
    ['without containers is denied', annotated({ env: 'pod' }, {}), 'denied'],
    ['with no containers is denied', annotated({ env: 'pod' }, { containers: [] }), 'denied'],
    ['with null annotations is skipped', { metadata: { annotations: null }, spec: { containers: [] } }, 'skipped'],
    ['with a list of annotations is skipped', { metadata: { annotations: ['downlink.dev/env'] }, spec: {} }, 'skipped'],
    ['with null metadata is skipped', { metadata: null, spec: null }, 'skipped'],
    ['with a value that is null is denied', annotated({ env: null }), 'denied'],
    ['with a value that is nested too deeply to be formatted is denied', annotated({ env: nested(100_000) }), 'denied'],
    [
      'with nesting elsewhere is injected',
      annotated({ env: 'pod' }, { containers: [{ name: 'main', future: nested(100_000) }] }),
      'injected',
    ],
    [
      'with 10,000 unknown annotations is denied',
      annotated(Object.fromEntries(many(10_000, (index) => [`x${index}`, '']))),
      'denied',
    ],
    [
      "with 10,000 of others' annotations is served",
      {
        ...annotated({ env: 'pod' }),
        metadata: {
          annotations: { 'downlink.dev/env': 'pod', ...Object.fromEntries(many(10_000, (index) => [`x${index}`, ''])) },
        },
      },
      'injected',
    ],
    ['with 10,000 items is denied', annotated({ env: list(10_000, (index) => `A${index}=metadata.name`) }), 'denied'],
    ['with 10,000 times one item is injected', annotated({ env: list(10_000, () => 'metadata.name') }), 'injected'],
    ['with 10,000 empty items is skipped', annotated({ env: ','.repeat(10_000) }), 'skipped'],
    ['with a value of 1 MB is denied', annotated({ env: 'x'.repeat(1_000_000) }), 'denied'],
    ['with a status of brackets only is denied', annotated({ env: 'pod', status: '['.repeat(200_000) }), 'denied'],
    [
      'with a status that names what was not injected is injected',
      annotated({ env: 'pod', status: '{"env":{"__proto__":["x"]},"constructor":{"prototype":{"polluted":1}}}' }),
      'injected',
    ],
    [
      'with two containers of one name is injected',
      annotated({ env: 'pod', volume: 'labels' }, { containers: [{ name: 'a' }, { name: 'a' }] }),
      'injected',
    ],
    [
      'with one variable twice is injected',
      annotated({ env: 'pod' }, { containers: [{ name: 'a', env: [{ name: 'A' }, { name: 'A' }] }] }),
      'injected',
    ],
    [
      'with a list of variables that holds null is denied',
      annotated({ env: 'pod' }, { containers: [{ name: 'a', env: [null] }] }),
      'denied',
    ],
    [
      'with 20,000 containers and a few variables is denied',
      annotated({ env: 'pod' }, { containers: many(20_000, (index) => ({ name: `c${index}` })) }),
      'denied',
    ],
    [
      'with 80,000 variables that occur twice is injected',
      annotated(
        { env: 'pod' },
        { containers: [{ name: 'a', env: many(80_000, (index) => ({ name: `v${index >> 1}` })) }] },
      ),
      'injected',
    ],
    [
      'with containers named like properties of every object is injected',
      annotated(
        { env: 'pod', volume: 'constructor:limits.cpu' },
        { containers: [{ name: 'constructor' }, { name: 'toString' }, { name: '__proto__' }] },
      ),
      'injected',
    ],
    [
      'with null for every list is injected',
      annotated(
        { env: 'pod', volume: 'labels', ambassador: 'true' },
        {
          containers: [{ name: 'a', env: null, ports: null, volumeMounts: null, resources: null }],
          initContainers: null,
          volumes: null,
        },
      ),
      'injected',
    ],
  ] as const) {
    test(name, () => {
      const { outcome, response } = answerTo(pod);
      assert.equal(outcome, expected);
      assert.ok(JSON.stringify(response).length < 8 * 1024 * 1024);
      if (outcome === 'denied')
        assert.ok((response.response.status?.message ?? '').length < 64 * 1024, 'an answer of readable length');
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }

  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
    test(`with the annotation downlink.dev/${key} is denied because of it`, () => {
      const pod = JSON.parse(
        `{"metadata":{"annotations":{"downlink.dev/${key}":"x"}},"spec":{"containers":[{"name":"a"}]}}`,
      );
      assert.deepEqual(
        answerTo(pod).response.response.status?.details.causes.map(({ field }) => field),
        [`metadata.annotations[downlink.dev/${key}]`],
      );
    });

    test(`with a member ${key} in every object keeps it and pollutes no prototype`, () => {
      const odd = `"${key}":{"polluted":"yes"}`;
      const text = `{"metadata":{${odd},"annotations":{"downlink.dev/env":"otel","downlink.dev/volume":"true","downlink.dev/ambassador":"true"}},
        "spec":{${odd},"containers":[{${odd},"name":"a","env":[{${odd},"name":"A"}],"volumeMounts":[{${odd},"name":"v","mountPath":"/v"}]}],"volumes":[{${odd},"name":"v"}]}}`;
      const outcome = injectPod(JSON.parse(text), { namespace: 'x' }, defaultOptions);
      assert.equal(outcome.kind, 'injected');
      if (outcome.kind !== 'injected') return;
      assert.equal(JSON.stringify(outcome.pod).split(odd).length, text.split(odd).length);
      for (const value of [{}, [], '', () => undefined])
        assert.equal((value as { polluted?: unknown }).polluted, undefined);
    });
  }

  test('cannot make the answer long by many errors', () => {
    const containers = many(1000, (index) => ({ name: `container-${index}` }));
    const volume = list(1000, (index) => `missing${index}:limits.cpu`);
    const { response } = answerTo(
      annotated({ volume, containers: list(1000, (index) => `gone${index}`) }, { containers }),
    );
    const { message = '', details } = response.response.status ?? {};
    assert.equal(details?.causes.length, 21, 'twenty, and the number of the others');
    assert.ok(message.length < 16 * 1024);
  });
});

/** Returns how often the engine reads a member of the pod. Unlike time, this does not depend on the machine. */
function readsOf(pod: object): number {
  let reads = 0;
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key, receiver) {
        reads++;
        const value = Reflect.get(object, key, receiver);
        return typeof value === 'object' && value !== null ? watch(value) : value;
      },
    });
  const outcome = injectPod(watch(pod), { namespace: 'x' }, defaultOptions);
  assert.notEqual(outcome.kind, 'skipped');
  return reads;
}

describe('twice as many', () => {
  const everything = { env: 'true, otel', volume: 'true', ambassador: 'true' };
  const inContainer = (members: object) => annotated(everything, { containers: [{ name: 'main', ...members }] });
  for (const [name, podOf] of [
    ['variables', (n: number) => inContainer({ env: many(n, (index) => ({ name: `v${index}`, value: 'x' })) })],
    [
      'variables that occur twice',
      (n: number) => inContainer({ env: many(n, (index) => ({ name: `v${index >> 1}` })) }),
    ],
    [
      'mounts',
      (n: number) => inContainer({ volumeMounts: many(n, (index) => ({ name: 'v', mountPath: `/${index}` })) }),
    ],
    ['ports', (n: number) => inContainer({ ports: many(n, (index) => ({ containerPort: index })) })],
    [
      'volumes',
      (n: number) =>
        annotated(everything, { containers: [{ name: 'main' }], volumes: many(n, (index) => ({ name: `v${index}` })) }),
    ],
    ['containers', (n: number) => annotated(everything, { containers: many(n, (index) => ({ name: `c${index}` })) })],
    [
      'init containers',
      (n: number) =>
        annotated(everything, {
          containers: [{ name: 'main' }],
          initContainers: many(n, (index) => ({ name: `c${index}` })),
        }),
    ],
    ['containers of one name', (n: number) => annotated(everything, { containers: many(n, () => ({ name: 'a' })) })],
    [
      'injected files',
      (n: number) => {
        const downwardAPI = { items: many(n, (index) => ({ path: `p${index}` })) };
        return annotated(
          { ...everything, status: '{"volumes":["downlink"]}' },
          { containers: [{ name: 'main' }], volumes: [{ name: 'downlink', downwardAPI }] },
        );
      },
    ],
    [
      'containers that lack what is requested',
      (n: number) =>
        annotated(
          { env: 'pod', containers: list(n, (index) => `m${index}`) },
          { containers: many(n, (index) => ({ name: `c${index}` })) },
        ),
    ],
  ] as const) {
    test(`${name} is about twice the work`, () => {
      const [once, twice] = [readsOf(podOf(200)), readsOf(podOf(400))];
      assert.ok(once > 200, `${once} reads`);
      assert.ok(twice < once * 2.2, `${once} reads, then ${twice}`);
    });
  }
});
