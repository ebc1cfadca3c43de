import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeReview } from '../../src/admission/admission-review.ts';
import { createDeniedWorkloads } from '../../src/server/metrics/denied-workloads.ts';
import { reviewOf } from '../support/admission-review.ts';

const minute = 60_000; // milliseconds
const start = Date.parse('2026-06-01T12:00:00Z');

interface Denied {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly owner?: readonly [kind: string, name: string];
  readonly hash?: string;
  readonly dryRun?: true;
}

function requestOf({ namespace = 'shop', owner, hash, dryRun, ...names }: Denied) {
  const ownerReferences = owner && [{ kind: owner[0], name: owner[1], controller: true }];
  const labels = hash === undefined ? {} : { 'pod-template-hash': hash };
  const review = reviewOf({ metadata: { ...names, labels, ...(ownerReferences && { ownerReferences }) } }, namespace);
  const decoded = decodeReview({ ...review, request: { ...review.request, name: '', ...(dryRun && { dryRun }) } });
  assert.ok(decoded.kind === 'valid');
  return decoded.request;
}

const replicaSet = (hash: string): Denied => ({
  generateName: `web-${hash}-`,
  owner: ['ReplicaSet', `web-${hash}`],
  hash,
});

describe('workloads of which a pod was denied', () => {
  for (const { name, denied, count } of [
    { name: 'none', denied: [], count: 0 },
    {
      name: 'a Deployment that is denied 14 times counts once',
      denied: Array.from({ length: 14 }, () => replicaSet('5d9c')),
      count: 1,
    },
    { name: 'changes of a Deployment count once', denied: [replicaSet('5d9c'), replicaSet('7f6b')], count: 1 },
    {
      name: 'a ReplicaSet without a hash counts by its own name',
      denied: [{ owner: ['ReplicaSet', 'web-a'] }, { owner: ['ReplicaSet', 'web-b'] }],
      count: 2,
    },
    {
      name: 'the Jobs of a CronJob count once',
      denied: [{ owner: ['Job', 'nightly-29001234'] }, { owner: ['Job', 'nightly-29001235'] }],
      count: 1,
    },
    { name: 'two Jobs count twice', denied: [{ owner: ['Job', 'once-1'] }, { owner: ['Job', 'once-2'] }], count: 2 },
    {
      name: 'the same name counts once for each namespace and kind',
      denied: [
        { owner: ['StatefulSet', 'web'] },
        { owner: ['StatefulSet', 'web'], namespace: 'prod' },
        { owner: ['DaemonSet', 'web'] },
      ],
      count: 3,
    },
    {
      name: 'a pod without an owner counts by its name',
      denied: [{ name: 'a' }, { name: 'b' }, { name: 'a' }],
      count: 2,
    },
    {
      name: 'pods without an owner count once for each generateName',
      denied: [{ generateName: 'task-' }, { generateName: 'task-' }],
      count: 1,
    },
    { name: 'a dry run does not count', denied: [{ name: 'a', dryRun: true }], count: 0 },
  ] satisfies { name: string; denied: Denied[]; count: number }[])
    test(name, () => {
      const workloads = createDeniedWorkloads();
      for (const one of denied) workloads.add(requestOf(one), start);
      assert.equal(workloads.count(start), count);
    });

  test('are forgotten 20 minutes after their last denial', () => {
    const workloads = createDeniedWorkloads();
    workloads.add(requestOf({ name: 'a' }), start);
    workloads.add(requestOf({ name: 'b' }), start + minute);
    workloads.add(requestOf({ name: 'a' }), start + 10 * minute);
    assert.equal(workloads.count(start + 20.5 * minute), 2);
    assert.equal(workloads.count(start + 21 * minute), 1);
    assert.equal(workloads.count(start + 30 * minute), 0);
  });

  test('are limited to a thousand, whatever their names', () => {
    const workloads = createDeniedWorkloads();
    for (let i = 0; i < 1500; i++) workloads.add(requestOf({ name: `${i}-${'x'.repeat(300)}` }), start + i);
    assert.equal(workloads.count(start + 1500), 1000);
  });
});
