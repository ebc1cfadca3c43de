import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { injectPod } from '../../src/injection/inject-pod.ts';
import { version } from '../../src/version.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { denials, injected, outcomeOf, podWith } from './injected.ts';

const spec = { initContainers: [{ name: 'prepare' }], containers: [{ name: 'main' }, { name: 'worker' }] };

describe('target containers', () => {
  for (const [name, containers, expected] of [
    ['are all without the annotation', undefined, ['prepare', 'main', 'worker']],
    ['are the named ones', 'worker', ['worker']],
    ['are the named ones, in the order of the pod', 'worker, prepare', ['prepare', 'worker']],
  ] as const) {
    test(name, () => {
      const { container } = injected(
        podWith({ env: 'metadata.name', volume: 'labels', ...(containers && { containers }) }, spec),
      );
      const all = ['prepare', 'main', 'worker'];
      assert.deepEqual(
        all.filter((one) => container(one).env !== undefined),
        expected,
      );
      assert.deepEqual(
        all.filter((one) => container(one).volumeMounts !== undefined),
        expected,
      );
    });
  }

  for (const [name, annotations, expected] of [
    [
      'that do not exist are denied',
      { containers: 'main, web, db' },
      ['NotFound containers "web"', 'NotFound containers "db"'],
    ],
    [
      'cannot be the ambassador',
      { containers: 'ambassador', ambassador: 'true' },
      ['NotFound containers "ambassador"'],
    ],
    [
      'are not found among properties of every object',
      { containers: '__proto__, constructor' },
      ['NotFound containers "__proto__"', 'NotFound containers "constructor"'],
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(denials(podWith({ env: 'pod', ...annotations }, spec)), expected);
    });
  }

  for (const [name, annotations, expected] of [
    ['include a container named ambassador if no ambassador is requested', {}, 1],
    ['leave out an injected ambassador', { ambassador: 'true', status: '{"containers":["ambassador"]}' }, undefined],
    [
      'leave out an injected ambassador that is not requested any more',
      { status: '{"containers":["ambassador"]}' },
      undefined,
    ],
  ] as const) {
    test(name, () => {
      const both = { containers: [{ name: 'main' }, { name: 'ambassador' }] };
      const { container } = injected(podWith({ env: 'metadata.name', ...annotations }, both));
      assert.equal(container('ambassador').env?.length, expected);
      assert.equal(container('main').env?.length, 1);
    });
  }

  test('can be named like properties of every object', () => {
    const odd = { containers: [{ name: '__proto__' }, { name: 'constructor' }] };
    const { container, pod } = injected(podWith({ env: 'metadata.name', containers: '__proto__' }, odd));
    assert.equal(container('__proto__').env?.length, 1);
    assert.equal(container('constructor').env, undefined);
    assert.equal(
      pod.metadata?.annotations?.['downlink.dev/status'],
      `{"version":"${version}","env":{"__proto__":["POD_NAME"]}}`,
    );
    assert.equal(outcomeOf(pod).kind, 'skipped', 'a reinvocation must find the status');
  });
});

describe('the maximum of what a pod gets', () => {
  const many = (count: number) => ({
    containers: Array.from({ length: count }, (_, index) => ({ name: `c${index}` })),
  });
  for (const [name, annotations, containers, expected] of [
    ['is 10,000 variables', { env: 'metadata.name, metadata.uid' }, 5000, []],
    ['is no more than that', { env: 'metadata.name, metadata.uid' }, 5001, ['Forbidden env']],
    ['includes mounts', { volume: 'labels' }, 10_001, ['Forbidden volume']],
    ['is no more than 1.5 MiB of them', { env: `${'N'.repeat(30_000)}=metadata.name` }, 53, ['Forbidden env']],
    ['includes the mount path', { volume: 'labels', 'volume-path': `/${'a'.repeat(4000)}` }, 400, ['Forbidden volume']],
    ['counts a repeated variable once', { env: `A="${'x'.repeat(60_000)}", A= "${'x'.repeat(60_000)}"` }, 14, []],
    ['counts its name once as well', { env: Array(3).fill('metadata.name').join() }, 5000, []],
    ['does not include containers that are not targets', { env: 'pod', containers: 'c0' }, 20_000, []],
  ] as const) {
    test(name, () => {
      assert.deepEqual(denials(podWith(annotations, many(containers))), expected);
    });
  }

  test('is 256 KiB of annotations, without the status', () => {
    const outcome = injectPod(
      podWith({ env: 'pod', other: 'x'.repeat(256 * 1024) }),
      { namespace: 'default' },
      defaultOptions,
    );
    assert.deepEqual(outcome.kind === 'denied' && outcome.errors.first.map(({ field, kind }) => [field, kind]), [
      ['metadata.annotations', 'TooLong'],
    ]);
  });

  test('is 256 KiB of annotations, with the status', () => {
    const pod = podWith({ env: 'metadata.name' });
    const annotations = { ...pod.metadata?.annotations, filler: '' };
    const used = Object.entries(annotations).reduce(
      (bytes, [key, value]) => bytes + key.length + String(value).length,
      0,
    );
    const room = 256 * 1024 - used;
    const kindWith = (filler: string) =>
      outcomeOf({ ...pod, metadata: { annotations: { ...annotations, filler } } }).kind;
    const status = 'downlink.dev/status'.length + `{"version":"${version}","env":{"main":["POD_NAME"]}}`.length;
    assert.equal(kindWith('x'.repeat(room - status)), 'injected');
    assert.equal(kindWith('x'.repeat(room - status + 1)), 'denied');
    assert.equal(kindWith('ä'.repeat(room / 2)), 'denied', 'bytes are counted, not characters');
  });
});
