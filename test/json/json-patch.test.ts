import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyAdditions, pointerTo } from '../../src/json/json-patch.ts';
import { add } from '../support/add-operation.ts';

describe('a JSON Pointer', () => {
  for (const [keys, expected] of [
    [['spec', 'containers', 0, 'env', '-'], '/spec/containers/0/env/-'],
    [['metadata', 'annotations', 'downlink.dev/status'], '/metadata/annotations/downlink.dev~1status'],
    [['a~b', 'c/d', '~1'], '/a~0b/c~1d/~01'],
    [['', 'x'], '//x'],
    [[], ''],
  ] as const) {
    test(`to ${JSON.stringify(keys)} is "${expected}"`, () => {
      assert.equal(pointerTo(keys), expected);
    });
  }
});

describe('a patch', () => {
  const document = { list: [{ a: [1] }, { b: 2 }], map: { 'x/y': { z: 1 }, '~': {} }, other: {} };

  for (const [name, operations, expected] of [
    ['without operations changes nothing', [], document],
    ['appends to a list', [add(['list', '-'], 3)], { ...document, list: [{ a: [1] }, { b: 2 }, 3] }],
    ['prepends to a list', [add(['list', 0], 0)], { ...document, list: [0, { a: [1] }, { b: 2 }] }],
    ['adds a member', [add(['map', 'new'], 1)], { ...document, map: { ...document.map, new: 1 } }],
    ['replaces a member', [add(['other'], null)], { ...document, other: null }],
    [
      'finds keys with / and ~',
      [add(['map', 'x/y', 'a~b'], 1)],
      { ...document, map: { ...document.map, 'x/y': { z: 1, 'a~b': 1 } } },
    ],
    [
      'applies the additions one after the other',
      [add(['list', 0, 'a', 0], 'first'), add(['list', 0, 'a', 1], 'second'), add(['list', 1, 'c'], [])],
      { ...document, list: [{ a: ['first', 'second', 1] }, { b: 2, c: [] }] },
    ],
    [
      'refers to an element that an earlier addition has moved',
      [add(['list', 0], {}), add(['list', 1, 'a', '-'], 2)],
      { ...document, list: [{}, { a: [1, 2] }, { b: 2 }] },
    ],
  ] as const) {
    test(name, () => {
      const before = structuredClone(document);
      assert.deepEqual(applyAdditions(document, operations), expected);
      assert.deepEqual(document, before, 'the given document must not change');
    });
  }

  for (const [name, operation] of [
    ['past the end of a list', add(['list', 4], 1)],
    ['before its start', add(['list', -1], 1)],
    ['at a key of a list that is not a number', add(['list', 'x'], 1)],
    ['below a missing member', add(['missing', 'x'], 1)],
    ['below a number', add(['list', 1, 'b', 'x'], 1)],
    ['without a value', add(['map', 'x'], undefined)],
    ['of the prototype', add(['__proto__', 'polluted'], 1)],
  ] as const) {
    test(`does not apply ${name}`, () => {
      const before = structuredClone(document);
      assert.throws(() => applyAdditions(document, [operation]));
      assert.deepEqual(document, before);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }

  test('shares what it does not change with the document, and copies the rest', () => {
    const patched = applyAdditions(document, [add(['list', 0, 'a', '-'], 2)]);
    assert.equal(patched.map, document.map);
    assert.equal(patched.list[1], document.list[1]);
    assert.notEqual(patched.list, document.list);
    assert.notEqual(patched.list[0], document.list[0]);
  });

  test('keeps a member named __proto__, which a copy by assignment would lose', () => {
    const odd = JSON.parse('{"__proto__": {"a": 1}, "list": []}');
    assert.deepEqual(applyAdditions(odd, [add(['list', '-'], 1)]), JSON.parse('{"__proto__": {"a": 1}, "list": [1]}'));
  });
});
