import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import jsonpatch, { type Operation } from 'fast-json-patch';
import { decideInjection } from '../../../src/injection/inject-pod.ts';
import { provesFine } from '../../../src/injection/patch/patch-proof.ts';
import {
  additionsByPath,
  type FieldTarget,
  type ListTarget,
  type PodAddition,
} from '../../../src/injection/patch/patch-target.ts';
import { applyChecked } from '../../../src/injection/patch/self-check.ts';
import { formatPatch, operationsOf } from '../../../src/json/json-patch.ts';
import { type DecodedPod, decodePod } from '../../../src/kubernetes/decode-pod.ts';
import { defaultOptions } from '../../golden/default-options.ts';
import { type ArbitraryPod, podWithAnyAnnotations, podWithValidAnnotations } from '../arbitrary-pods.ts';
import { plannedPatch } from '../planned-patch.ts';

const runs = { numRuns: 1000 };

const pod = {
  metadata: { annotations: {} },
  spec: {
    initContainers: [{ name: 'prepare' }, { name: 'mesh', restartPolicy: 'Always' }],
    containers: [{ name: 'main', env: [{ name: 'A' }], volumeMounts: [{ name: 'work', mountPath: '/work' }] }],
    volumes: [{ name: 'work' }],
  },
};
const env = memberOf('containers', 0, 'env');
const mounts = memberOf('containers', 0, 'volumeMounts');
const volumes: ListTarget = { kind: 'volumes' };
const containers: ListTarget = { kind: 'containers', list: 'containers' };
const initContainers: ListTarget = { kind: 'containers', list: 'initContainers' };
const status = field({ kind: 'annotation', name: 'status' }, '{}');

function memberOf(list: 'containers' | 'initContainers', index: number, member: 'env' | 'volumeMounts'): ListTarget {
  return { kind: 'container-member', list, index, member };
}

function to(target: ListTarget, at: number | 'end', ...values: readonly object[]): PodAddition {
  return { kind: 'elements', target, at, values };
}

function whole(target: ListTarget, ...values: readonly object[]): PodAddition {
  return { kind: 'list', target, values };
}

function field(target: FieldTarget, value: string): PodAddition {
  return { kind: 'field', target, value };
}

function restartPolicy(index: number, value = 'Always'): PodAddition {
  return field({ kind: 'restart-policy', index }, value);
}

/** Passes a value that no type allows, as only a bug could. */
function broken<T>(value: unknown): T {
  return value as T;
}

describe('there is a proof', () => {
  for (const [name, ...additions] of [
    ['for no additions'],
    ['for new variables in front', to(env, 0, { name: 'B' }, { name: 'C' }), status],
    ['for new variables at the end', to(env, 1, { name: 'B' }, { name: 'C' })],
    [
      'for variables of a container that has none',
      whole(memberOf('initContainers', 0, 'env'), { name: 'A' }, { name: 'B' }),
    ],
    ['for a new mount', to(mounts, 'end', { name: 'x', mountPath: '/x' })],
    ['for new volumes', to(volumes, 'end', { name: 'x' }, { name: 'y' })],
    ['for a new container, last', to(env, 0, { name: 'B' }), to(containers, 'end', { name: 'x' })],
    ['for a missing restartPolicy', restartPolicy(0)],
    ['for a new init container', to(initContainers, 0, { name: 'x', env: [{ name: 'A' }] })],
  ] as const) {
    test(name, () => {
      assert.equal(provesFine(pod, additions), true);
      applyChecked(pod, additionsByPath(additions));
    });
  }
});

describe('there is none', () => {
  for (const [name, ...additions] of [
    ['for a name that exists already', to(env, 0, { name: 'A' })],
    ['for a name that occurs twice', to(env, 0, { name: 'B' }, { name: 'B' })],
    ['for a mount path that exists already', to(mounts, 'end', { name: 'x', mountPath: '/work' })],
    ['for a volume that exists already', to(volumes, 'end', { name: 'work' })],
    ['for a container with the name of an init container', to(containers, 'end', { name: 'prepare' })],
    ['for a container that has a variable twice', to(containers, 'end', { name: 'x', env: [{}, {}] })],
    ['for a container whose env is not a list', to(containers, 'end', { name: 'x', env: 1 })],
    ['for two containers', to(containers, 'end', { name: 'x' }, { name: 'y' })],
    ['for one in each list', to(containers, 'end', { name: 'x' }), to(initContainers, 0, { name: 'x' })],
    ['for a whole list that exists already', whole(env, { name: 'B' })],
    ['for elements of a list that does not exist', to(memberOf('initContainers', 0, 'env'), 'end', { name: 'B' })],
    ['for a container that does not exist', whole(memberOf('containers', 1, 'env'))],
    ['for an index past the end', to(env, 2, { name: 'B' })],
    ['for an index that is not an integer', to(env, 0.5, { name: 'B' })],
    ['for an index before the start', to(env, -1, { name: 'B' })],
    ['for a container that moved', to(initContainers, 0, { name: 'x' }), whole(memberOf('initContainers', 0, 'env'))],
    ['for a list that is extended twice', to(env, 0, { name: 'B' }), to(env, 0, { name: 'B' })],
    ['for an element without a value', to(env, 0, broken(undefined))],
    ['for a status that is not a string', field({ kind: 'annotation', name: 'status' }, broken(undefined))],
    ['for a restartPolicy that exists already', restartPolicy(1)],
    ['for a restartPolicy of a container that does not exist', restartPolicy(2)],
    ['for another restartPolicy', restartPolicy(0, 'Never')],
    ['for a restartPolicy of a container that moved', to(initContainers, 0, { name: 'x' }), restartPolicy(0)],
    ['for the files of a volume', whole({ kind: 'volume-items', index: 0 }, { path: 'labels' })],
  ] as const) {
    test(name, () => {
      assert.equal(provesFine(pod, additions), false);
    });
  }

  test('for a status of a pod without annotations', () => {
    assert.equal(provesFine({ ...pod, metadata: {} }, [status]), false);
  });
});

test('a first invocation nearly always has a proof', () => {
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

test('what is proved applies with fast-json-patch and adds nothing twice, whatever the additions are', () => {
  let proved = 0;
  let refused = 0;
  fc.assert(
    fc.property(podWithAnyAnnotations, fc.array(change, { maxLength: 3 }), (generated, changes) => {
      const [decoded, right] = patchOf(generated);
      const additions = changes.reduce<readonly PodAddition[]>((all, one) => one(all, decoded), right);
      if (!provesFine(decoded, additions)) {
        refused++;
        return;
      }
      proved++;
      const sent: Operation[] = JSON.parse(formatPatch(additionsByPath(additions)));
      const { newDocument } = jsonpatch.applyPatch(structuredClone(decoded), sent, true);
      assert.deepEqual(plain(applyChecked(decoded, additionsByPath(additions))), plain(newDocument));
    }),
    { numRuns: 3 * runs.numRuns },
  );
  assert.ok(proved > runs.numRuns / 20 && refused > runs.numRuns / 20, `${proved} proved, ${refused} not`);
});

test('a patch is the JSON of its operations', () => {
  fc.assert(
    fc.property(podWithAnyAnnotations, fc.array(change, { maxLength: 3 }), (generated, changes) => {
      const [decoded, right] = patchOf(generated);
      const additions = changes.reduce<readonly PodAddition[]>((all, one) => one(all, decoded), right);
      const byPath = additionsByPath(additions);
      assert.deepEqual(JSON.parse(formatPatch(byPath)), plain(operationsOf(byPath)));
    }),
    { numRuns: runs.numRuns / 4 },
  );
});

/** A change that a bug could make to a patch. */
type Change = (additions: readonly PodAddition[], pod: DecodedPod) => readonly PodAddition[];

const targets: readonly ListTarget[] = [
  env,
  mounts,
  volumes,
  containers,
  initContainers,
  memberOf('initContainers', 0, 'env'),
  { kind: 'volume-items', index: 0 },
];

const change: fc.Arbitrary<Change> = fc
  .record({
    kind: fc.constantFrom('target', 'part', 'at', 'value', 'member', 'whole', 'repeat', 'swap', 'drop', 'insert'),
    from: fc.nat(40),
    to: fc.nat(40),
    at: fc.constantFrom<number | 'end'>('end', 0, 1, 2, 9, -1, 0.5),
    word: fc.constantFrom('-', '0', '1', '01', '', 'env', 'volumeMounts', 'x"y', '__proto__', '~1', 'name'),
  })
  .map(({ kind, from, to: other, at, word }) => (additions, { spec }) => {
    const index = from % Math.max(1, additions.length);
    const second = other % Math.max(1, additions.length);
    const one = additions[index];
    const own = (spec.containers ?? []).flatMap(({ env: variables, volumeMounts, ...rest }) => [
      rest,
      ...(variables ?? []),
      ...(volumeMounts ?? []),
    ]);
    const values = [null, 'Always', [], { name: 'A' }, ...(spec.volumes ?? []), ...own];
    const value = broken<object>(values[other % values.length]);
    const target = targets[from % targets.length] ?? env;
    if (kind === 'insert') {
      const inserted =
        other % 3 === 0 ? restartPolicy(from % 3) : other % 3 === 1 ? whole(target, value) : to(target, at, value);
      return additions.toSpliced(second, 0, inserted);
    }
    if (one === undefined) return additions;
    switch (kind) {
      case 'target':
        return additions.with(index, setsMetadata(one) ? restartPolicy(from % 3) : { ...one, target });
      case 'part':
        return additions.with(index, setsMetadata(one) ? one : { ...one, target: withOtherPart(one.target, from, at) });
      case 'at':
        return additions.with(index, one.kind === 'elements' ? { ...one, at } : one);
      case 'value':
        return additions.with(
          index,
          one.kind === 'annotations'
            ? one
            : one.kind === 'field'
              ? { ...one, value: word }
              : { ...one, values: [...one.values, value] },
        );
      case 'member': {
        if (setsMetadata(one)) return additions;
        const last = { ...one.values.at(-1), name: word, mountPath: `/${word}` };
        return additions.with(index, { ...one, values: [...one.values.slice(0, -1), last] });
      }
      case 'whole':
        return additions.with(index, one.kind === 'elements' ? whole(one.target, ...one.values) : one);
      case 'repeat':
        return additions.toSpliced(second, 0, one);
      case 'swap':
        return additions.with(index, additions[second] ?? one).with(second, one);
      case 'drop':
        return additions.toSpliced(index, 1);
      default:
        return kind satisfies never;
    }
  });

/** Reports whether an addition has no list. */
function setsMetadata(one: PodAddition): one is Extract<PodAddition, { readonly kind: 'field' | 'annotations' }> {
  return one.kind === 'field' || one.kind === 'annotations';
}

/** Returns the target with another list, index, or member. */
function withOtherPart(target: ListTarget, from: number, at: number | 'end'): ListTarget {
  const list = from % 2 === 0 ? 'containers' : 'initContainers';
  switch (target.kind) {
    case 'container-member':
      if (from % 3 === 0) return { ...target, list };
      if (from % 3 === 1) return { ...target, member: from % 2 === 0 ? 'env' : 'volumeMounts' };
      return { ...target, index: at === 'end' ? 3 : at };
    case 'containers':
      return { ...target, list };
    case 'volume-items':
      return { ...target, index: at === 'end' ? 3 : at };
    case 'volumes':
    case 'image-pull-secrets':
      return target;
    default:
      return target satisfies never;
  }
}

/** Returns a generated pod and its patch, which is empty if it is not injected. */
function patchOf(generated: ArbitraryPod): [DecodedPod, readonly PodAddition[]] {
  const decoding = decodePod(plain(generated));
  assert.equal(decoding.kind, 'valid');
  const decoded = decoding.pod;
  const decision = decideInjection(decoded, { namespace: 'default' }, defaultOptions);
  return [decoded, decision.kind === 'injected' ? plannedPatch(decoded) : []];
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
