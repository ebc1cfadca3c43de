import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelSelector, unmetRequirements } from '../../src/kubernetes/label-selector.ts';

const labels = { app: 'web', tier: 'front' };

for (const { name, selector, unmet } of [
  { name: 'an absent selector selects everything', selector: undefined, unmet: [] },
  { name: 'an empty selector selects everything', selector: {}, unmet: [] },
  { name: 'a label with that value meets a requirement', selector: { matchLabels: { app: 'web' } }, unmet: [] },
  {
    name: 'a label with another value does not',
    selector: { matchLabels: { app: 'db', tier: 'front' } },
    unmet: ['app'],
  },
  {
    name: 'In is met by one of the values',
    selector: { matchExpressions: [expression('app', 'In', ['db', 'web'])] },
    unmet: [],
  },
  {
    name: 'In is not met without the label',
    selector: { matchExpressions: [expression('no', 'In', ['x'])] },
    unmet: ['no'],
  },
  {
    name: 'NotIn is met without the label',
    selector: { matchExpressions: [expression('no', 'NotIn', ['x'])] },
    unmet: [],
  },
  {
    name: 'NotIn is not met by one of the values',
    selector: { matchExpressions: [expression('app', 'NotIn', ['web'])] },
    unmet: ['app'],
  },
  {
    name: 'Exists is met by any value',
    selector: { matchExpressions: [expression('app', 'Exists'), expression('no', 'Exists')] },
    unmet: ['no'],
  },
  {
    name: 'DoesNotExist is not met by any value',
    selector: { matchExpressions: [expression('app', 'DoesNotExist')] },
    unmet: ['app'],
  },
  {
    name: 'a member of Object.prototype is not a label',
    selector: { matchExpressions: [expression('toString', 'Exists')] },
    unmet: ['toString'],
  },
  {
    name: 'an unknown operator is not met',
    selector: { matchExpressions: [expression('app', 'Like')] },
    unmet: ['app'],
  },
] satisfies { name: string; selector: LabelSelector | undefined; unmet: string[] }[]) {
  test(name, () => {
    assert.deepEqual(
      unmetRequirements(selector, labels).map(({ key }) => key),
      unmet,
    );
  });
}

function expression(key: string, operator: string, values?: readonly string[]) {
  return { key, operator, ...(values && { values }) };
}
