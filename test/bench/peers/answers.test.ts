import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatReview } from '../../../src/admission/admission-response.ts';
import { mutate } from '../../../src/admission/mutate-pod.ts';
import { defaultOptions } from '../../golden/default-options.ts';
import { answerOf } from '../../support/admission-review.ts';
import { benchPods } from '../pods.ts';
import { ambassadorIn, differenceOf } from './answers.ts';
import { inject, type Pod } from './pepr/inject.ts';

const pods = benchPods();
const [, typical] = pods;

function answerOfDownlink(review: string): string {
  const mutation = mutate(JSON.parse(review), { ...defaultOptions, onInvalid: 'deny' });
  assert.ok(mutation.kind === 'reviewed');
  return formatReview(mutation.response);
}

/** Returns the answer of a peer that replaces the whole spec with a changed one. */
function answerOfPeer(review: string, change: (pod: Pod) => void): string {
  const { uid, object } = JSON.parse(review).request;
  const pod = structuredClone(object);
  change(pod);
  const patch = JSON.stringify([{ op: 'replace', path: '/spec', value: pod.spec }]);
  const base64 = Buffer.from(patch).toString('base64');
  return JSON.stringify(answerOf({ uid, allowed: true, patchType: 'JSONPatch', patch: base64 }));
}

const ours = answerOfDownlink(typical.body);
const ambassador = ambassadorIn(typical.body, ours);
const differenceAfter = (change: (pod: Pod) => void) =>
  differenceOf(
    typical.body,
    ours,
    answerOfPeer(typical.body, (pod) => {
      inject(pod, ambassador as Parameters<typeof inject>[1]);
      change(pod);
    }),
  );

for (const { name, body } of pods) {
  test(`our capability for Pepr injects into the ${name} pod what Downlink injects`, () => {
    const theirs = answerOfPeer(body, (pod) => inject(pod, ambassador as Parameters<typeof inject>[1]));
    assert.equal(differenceOf(body, answerOfDownlink(body), theirs), undefined);
  });
}

describe('the comparison with the answer of a peer', () => {
  test('ignores empty fields and the order of variables, mounts, volumes, and fields', () => {
    const difference = differenceAfter(({ spec }) => {
      Object.assign(spec, { hostAliases: [], overhead: null, affinity: {} });
      spec.volumes?.reverse();
      for (const container of spec.containers) {
        container.env?.reverse();
        container.volumeMounts?.reverse();
      }
      const [first] = spec.containers;
      if (first !== undefined) spec.containers[0] = Object.fromEntries(Object.entries(first).reverse()) as typeof first;
    });
    assert.equal(difference, undefined);
  });

  const mistakes: Readonly<Record<string, readonly [change: (pod: Pod) => void, difference: RegExp]>> = {
    'a variable is missing': [({ spec }) => spec.containers[2]?.env?.pop(), /^spec\.containers\.2\.env/],
    'a volume is missing': [({ spec }) => spec.volumes?.pop(), /^spec\.volumes\./],
    'a mount is missing': [({ spec }) => spec.containers[0]?.volumeMounts?.pop(), /^spec\.containers\.0\.volumeMounts/],
    'the ambassador is missing': [
      ({ spec }) => (ambassador.native ? spec.initContainers : spec.containers)?.shift(),
      /^spec\.(initContainers|containers)/,
    ],
    'a field of the pod is lost': [
      ({ spec }) => Reflect.deleteProperty(spec, 'serviceAccountName'),
      /^spec\.serviceAccountName is absent, and "default" by Downlink$/,
    ],
    'a value differs': [
      ({ spec }) => Object.assign(spec, { dnsPolicy: 'None' }),
      /^spec\.dnsPolicy is "None", and "ClusterFirst" by Downlink$/,
    ],
  };
  for (const [name, [change, expected]] of Object.entries(mistakes))
    test(`reports where ${name}`, () => assert.match(differenceAfter(change) ?? '', expected));

  const { uid } = JSON.parse(typical.body).request;
  const unfit = {
    'is for another review': [{ uid: 'another', allowed: true }, /for another, not for/],
    'rejects the pod': [{ uid, allowed: false, status: { message: 'no' } }, /rejected: no/],
    'has no patch': [{ uid, allowed: true }, /no patch/],
  } as const;
  for (const [name, [response, message]] of Object.entries(unfit))
    test(`fails if the answer ${name}`, () => {
      assert.throws(() => differenceOf(typical.body, ours, JSON.stringify(answerOf(response))), message);
    });
});
