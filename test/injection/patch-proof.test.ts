import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { decideInjection } from '../../src/injection/inject-pod.ts';
import { provesFine } from '../../src/injection/patch-proof.ts';
import { applyChecked } from '../../src/injection/self-check.ts';
import { type Addition, formatPatch, operationsOf } from '../../src/json/json-patch.ts';
import { type DecodedPod, decodePod } from '../../src/kubernetes/decode-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { type ArbitraryPod, podWithAnyAnnotations, podWithValidAnnotations } from './arbitrary-pods.ts';

const runs = { numRuns: 2000 };

const pod = {
  metadata: { annotations: {} },
  spec: {
    initContainers: [{ name: 'prepare' }, { name: 'mesh', restartPolicy: 'Always' }],
    containers: [{ name: 'main', env: [{ name: 'A' }], volumeMounts: [{ name: 'work', mountPath: '/work' }] }],
    volumes: [{ name: 'work' }],
  },
};
const env = '/spec/containers/0/env';
const mounts = '/spec/containers/0/volumeMounts';
const status = { path: '/metadata/annotations/downlink.dev~1status', at: 'member', values: ['{}'] } as const;

function to(path: string, at: Addition['at'], ...values: readonly unknown[]): Addition {
  return { path, at, values };
}

describe('there is a proof', () => {
  for (const [name, ...additions] of [
    ['for no additions'],
    ['for new variables in front', to(env, 0, { name: 'B' }, { name: 'C' }), status],
    ['for new variables at the end', to(env, 1, { name: 'B' }, { name: 'C' })],
    ['for variables where there are none', to('/spec/initContainers/0/env', 'member', [{ name: 'A' }, { name: 'B' }])],
    ['for a new mount', to(mounts, 'end', { name: 'x', mountPath: '/x' })],
    ['for new volumes', to('/spec/volumes', 'end', { name: 'x' }, { name: 'y' })],
    ['for a new container, last', to(env, 0, { name: 'B' }), to('/spec/containers', 'end', { name: 'x' })],
    ['for a restartPolicy that is not there', to('/spec/initContainers/0/restartPolicy', 'member', 'Always')],
    ['for a new init container', to('/spec/initContainers', 0, { name: 'x', env: [{ name: 'A' }] })],
  ] as const) {
    test(name, () => {
      assert.equal(provesFine(pod, additions), true);
      applyChecked(pod, operationsOf(additions));
    });
  }
});

describe('there is none', () => {
  const containers = '/spec/containers';
  for (const [name, ...additions] of [
    ['for a name that is there', to(env, 0, { name: 'A' })],
    ['for a name that comes twice', to(env, 0, { name: 'B' }, { name: 'B' })],
    ['for a mount path that is there', to(mounts, 'end', { name: 'x', mountPath: '/work' })],
    ['for a volume that is there', to('/spec/volumes', 'end', { name: 'work' })],
    ['for a container named like an init container', to(containers, 'end', { name: 'prepare' })],
    ['for a container that has something twice', to(containers, 'end', { name: 'x', env: [{}, {}] })],
    ['for a container whose variables are no list', to(containers, 'end', { name: 'x', env: 1 })],
    ['for two containers', to(containers, 'end', { name: 'x' }, { name: 'y' })],
    ['for one in each list', to(containers, 'end', { name: 'x' }), to('/spec/initContainers', 0, { name: 'x' })],
    ['for a list that is replaced', to(env, 'member', [{ name: 'B' }])],
    ['for a list that is not there', to('/spec/initContainers/0/env', 'end', { name: 'B' })],
    ['for a container that is not there', to('/spec/containers/1/env', 'member', [])],
    ['for an index past the end', to(env, 2, { name: 'B' })],
    ['for an index that is none', to(env, 0.5, { name: 'B' })],
    ['for an index before the start', to(env, -1, { name: 'B' })],
    [
      'for a container that moved',
      to('/spec/initContainers', 0, { name: 'x' }),
      to('/spec/initContainers/0/env', 'member', []),
    ],
    ['for a list that is added to again', to(env, 0, { name: 'B' }), to(env, 0, { name: 'B' })],
    ['for an element without a value', to(env, 0, undefined)],
    ['for a status that is no text', to(status.path, 'member', undefined)],
    ['for a restartPolicy that is there', to('/spec/initContainers/1/restartPolicy', 'member', 'Always')],
    ['for a restartPolicy of no container', to('/spec/initContainers/2/restartPolicy', 'member', 'Always')],
    ['for a restartPolicy that is another one', to('/spec/initContainers/0/restartPolicy', 'member', 'Never')],
    ['for a restartPolicy in a list', to('/spec/initContainers/0/restartPolicy', 0, 'Always')],
    ['for a restartPolicy of a regular container', to('/spec/containers/0/restartPolicy', 'member', 'Always')],
    [
      'for a restartPolicy of a container that moved',
      to('/spec/initContainers', 0, { name: 'x' }),
      to('/spec/initContainers/0/restartPolicy', 'member', 'Always'),
    ],
    ['for any other place', to('/spec/hostNetwork', 'member', true)],
    ['for the whole pod', to('', 'member', {})],
  ] as const) {
    test(name, () => {
      assert.equal(provesFine(pod, additions), false);
    });
  }

  test('for a status where there are no annotations', () => {
    assert.equal(provesFine({ ...pod, metadata: {} }, [status]), false);
  });
});

test('a first pass has a proof, nearly always', () => {
  let proved = 0;
  let patched = 0;
  fc.assert(
    fc.property(podWithValidAnnotations, (generated) => {
      const [decoded, additions] = patchOf(generated);
      if (additions.length === 0 || 'downlink.dev/status' in generated.metadata.annotations) return;
      patched++;
      if (provesFine(decoded, additions)) proved++;
    }),
    runs,
  );
  assert.ok(patched > runs.numRuns / 20, `only ${patched} pods`);
  assert.ok(proved > patched * 0.8, `${proved} of ${patched}`);
});

test('what is proved applies with fast-json-patch and gives nothing twice, whatever the operations are', () => {
  let proved = 0;
  let refused = 0;
  fc.assert(
    fc.property(podWithAnyAnnotations, fc.array(change, { maxLength: 3 }), (generated, changes) => {
      const [decoded, right] = patchOf(generated);
      const additions = changes.reduce<readonly Addition[]>((all, one) => one(all, decoded), right);
      if (!provesFine(decoded, additions)) {
        refused++;
        return;
      }
      proved++;
      const sent: Operation[] = JSON.parse(formatPatch(additions));
      const { newDocument } = jsonpatch.applyPatch(structuredClone(decoded), sent, true);
      assert.deepEqual(plain(applyChecked(decoded, operationsOf(additions))), plain(newDocument));
    }),
    { numRuns: 3 * runs.numRuns },
  );
  assert.ok(proved > runs.numRuns / 20 && refused > runs.numRuns / 20, `${proved} proved, ${refused} not`);
});

test('a patch is the JSON of its operations', () => {
  fc.assert(
    fc.property(podWithAnyAnnotations, fc.array(change, { maxLength: 3 }), (generated, changes) => {
      const [decoded, right] = patchOf(generated);
      const additions = changes.reduce<readonly Addition[]>((all, one) => one(all, decoded), right);
      assert.deepEqual(JSON.parse(formatPatch(additions)), plain(operationsOf(additions)));
    }),
    { numRuns: runs.numRuns / 4 },
  );
});

/** Something that a bug could do to a patch. */
type Change = (additions: readonly Addition[], pod: DecodedPod) => readonly Addition[];

const places: readonly (readonly [string, Addition['at']])[] = [
  ['/spec/containers/0/env', 'member'],
  ['/spec/containers/0/env', 0],
  ['/spec/containers/0/volumeMounts', 'end'],
  ['/spec/volumes', 'end'],
  ['/spec/volumes', 'member'],
  ['/spec/containers', 'end'],
  ['/spec/initContainers', 0],
  ['/spec/initContainers', 'member'],
  ['/spec/initContainers/0/restartPolicy', 'member'],
];

const change: fc.Arbitrary<Change> = fc
  .record({
    kind: fc.constantFrom('path', 'element', 'at', 'value', 'member', 'repeat', 'swap', 'drop', 'insert'),
    from: fc.nat(40),
    to: fc.nat(40),
    at: fc.constantFrom<Addition['at']>('end', 'member', 0, 1, 2, 9),
    word: fc.constantFrom('-', '0', '1', '01', '', 'env', 'volumeMounts', 'x"y', '__proto__', '~1', 'name'),
  })
  .map(({ kind, from, to: target, at, word }) => (additions, { spec }) => {
    const index = from % Math.max(1, additions.length);
    const other = target % Math.max(1, additions.length);
    const one = additions[index];
    const own = (spec.containers ?? []).flatMap(({ env: variables, volumeMounts, ...rest }) => [
      rest,
      ...(variables ?? []),
      ...(volumeMounts ?? []),
    ]);
    const values = [null, 'Always', [], [{ name: 'A' }, { name: 'A' }], ...(spec.volumes ?? []), ...own];
    const value = values[target % values.length];
    if (kind === 'insert') {
      const [path, where] = places[from % places.length] ?? ['', 'member'];
      return additions.toSpliced(other, 0, { path, at: where, values: [value] });
    }
    if (one === undefined) return additions;
    switch (kind) {
      case 'path':
        return additions.with(index, { ...one, path: additions[other]?.path ?? '' });
      case 'element': {
        const elements = one.path.split('/');
        const path = elements.with(1 + (target % (elements.length - 1)), word).join('/');
        return additions.with(index, { ...one, path });
      }
      case 'at':
        return additions.with(index, { ...one, at });
      case 'value':
        return additions.with(index, { ...one, values: [...one.values, value] });
      case 'member': {
        const last = { ...(one.values.at(-1) as object), name: word, mountPath: `/${word}` };
        return additions.with(index, { ...one, values: [...one.values.slice(0, -1), last] });
      }
      case 'repeat':
        return additions.toSpliced(other, 0, one);
      case 'swap':
        return additions.with(index, additions[other] ?? one).with(other, one);
      case 'drop':
        return additions.toSpliced(index, 1);
      default:
        return kind satisfies never;
    }
  });

/** A generated pod, and what it gets; no additions where it gets nothing. */
function patchOf(generated: ArbitraryPod): [DecodedPod, readonly Addition[]] {
  const decoding = decodePod(plain(generated));
  if (decoding.kind === 'invalid') return assert.fail(JSON.stringify(decoding.errors));
  const decoded = decoding.pod;
  const decision = decideInjection(decoded, 'default', defaultOptions);
  return [decoded, decision.kind === 'patch' ? decision.additions : []];
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
