import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isObject, listAt, objectAt, valueAt } from '../../src/json/json-value.ts';

const value = { metadata: { name: 'web', labels: { app: 'web' }, finalizers: ['a'], annotations: null } };

describe('a JSON value', () => {
  for (const [what, path, expected] of [
    ['what stands at the path', ['metadata', 'name'], 'web'],
    ['itself at no path', [], value],
    ['null where it is null', ['metadata', 'annotations'], null],
    ['nothing below null', ['metadata', 'annotations', 'a'], undefined],
    ['nothing below text', ['metadata', 'name', 'length'], undefined],
    ['nothing that an object only inherits', ['metadata', 'constructor'], undefined],
  ] as const) {
    test(`has ${what}`, () => {
      assert.deepEqual(valueAt(value, path), expected);
    });
  }

  test('has a list where there is one, else an empty one', () => {
    assert.deepEqual(listAt(value, ['metadata', 'finalizers']), ['a']);
    assert.deepEqual(listAt(value, ['metadata', 'labels']), []);
    assert.deepEqual(listAt(undefined, ['metadata']), []);
  });

  test('has an object where there is one, else an empty one', () => {
    assert.deepEqual(objectAt(value, ['metadata', 'labels']), { app: 'web' });
    assert.deepEqual(objectAt(value, ['metadata', 'finalizers']), {});
    assert.deepEqual(objectAt(value, ['metadata', 'annotations']), {});
  });

  test('is an object unless it is null, a list or a scalar', () => {
    assert.ok(isObject({}));
    for (const other of [null, [], 'text', 1, true, undefined]) assert.ok(!isObject(other));
  });
});
