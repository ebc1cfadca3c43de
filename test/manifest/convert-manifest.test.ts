import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toJson, toYaml } from '../../src/index.ts';

const integers = ['9007199254740993', '-9007199254740993', '9223372036854775807', '18446744073709551615', '1', '0'];

describe('another format', () => {
  for (const integer of integers) {
    test(`has the integer ${integer} as it is`, () => {
      const json = toJson([`id: ${integer}\n`]);
      assert.equal(json, `{\n  "id": ${integer}\n}\n`);
      assert.equal(toYaml(json), `id: ${integer}\n`);
    });
  }

  test('has the values of other numbers, which may be written in another way', () => {
    const yaml = 'a: 1.10\nb: 1e3\nc: 0x1F\nd: 0o7\ne: 1_000\nf: +5\n';
    assert.deepEqual(JSON.parse(toJson([yaml])), { a: 1.1, b: 1000, c: 31, d: 7, e: 1000, f: 5 });
  });

  test('has texts of digits as texts', () => {
    assert.deepEqual(JSON.parse(toJson(['id: "9007199254740993"\n'])), { id: '9007199254740993' });
  });

  test('has binary data as the text that kubectl reads', () => {
    assert.deepEqual(JSON.parse(toJson(['text: !!binary aGk=\n'])), { text: 'hi' });
  });
});
