import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelSelector, unmetRequirements } from '../../src/kubernetes/label-selector.ts';

const labels = { app: 'web', tier: 'front' };

for (const { name, selector, unmet } of [
  { name: 'no selector takes everything', selector: undefined, unmet: [] },
  { name: 'an empty selector takes everything', selector: {}, unmet: [] },
  { name: 'a label of that value is met', selector: { matchLabels: { app: 'web' } }, unmet: [] },
  { name: 'one of another value is not', selector: { matchLabels: { app: 'db', tier: 'front' } }, unmet: ['app'] },
  {
    name: 'In is one of the values',
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
    name: 'NotIn is none of the values',
    selector: { matchExpressions: [expression('app', 'NotIn', ['web'])] },
    unmet: ['app'],
  },
  {
    name: 'Exists',
    selector: { matchExpressions: [expression('app', 'Exists'), expression('no', 'Exists')] },
    unmet: ['no'],
  },
  { name: 'DoesNotExist', selector: { matchExpressions: [expression('app', 'DoesNotExist')] }, unmet: ['app'] },
  {
    name: 'a label of every object is none',
    selector: { matchExpressions: [expression('toString', 'Exists')] },
    unmet: ['toString'],
  },
  {
    name: 'an operator that nobody knows is not met',
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
