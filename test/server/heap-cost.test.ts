import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { heapCost } from '../../src/server/heap-cost.ts';
import { bodyLimit, maxHeapCost } from '../../src/server/memory-budget.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const kept: unknown[] = []; // otherwise the compiler drops the value

/** Returns how many bytes of heap the parsed JSON takes. */
function heapOf(json: string): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  kept.push(JSON.parse(json));
  collectGarbage();
  const taken = process.memoryUsage().heapUsed - before;
  kept.length = 0;
  return taken;
}

const estimate = (json: string, enough = Number.MAX_SAFE_INTEGER) => {
  const body = Buffer.from(json);
  // a body that cannot reach `enough` is not examined
  return heapCost(body, Math.min(enough, body.length * 40 - 1));
};
const list = (count: number, item: (index: number) => string) =>
  `[${Array.from({ length: count }, (_, index) => item(index)).join()}]`;
const word = (index: number) => index.toString(36);
const object = (count: number, key: (index: number) => string, value = '1') =>
  `{${Array.from({ length: count }, (_, index) => `"${key(index)}":${value}`).join()}}`;

const values: Readonly<Record<string, string>> = {
  'empty objects': list(40_000, () => '{}'),
  'empty lists': list(40_000, () => '[]'),
  'nested maps': list(40_000, () => '{"a":{}}'),
  'nested maps of three levels': list(20_000, () => '{"a":{"b":{"c":{}}}}'),
  'lists of an object': list(40_000, () => '[{}]'),
  'lists in lists': list(20_000, () => '[[[[]]]]'),
  'lists of a number': list(40_000, () => '[1.5]'),
  'lists of numbers and text': list(20_000, () => '[1.5,2.5,1.5,2.5,1.5,2.5,""]'),
  numbers: list(100_000, (index) => `${index}.5`),
  'text of one character': list(60_000, () => '"a"'),
  'text that differs': list(40_000, (index) => `"${word(index)}"`),
  'text of thirty characters': list(20_000, (index) => `"${word(index).padStart(30, 'x')}"`),
  'text of two bytes a character': list(20_000, (index) => `"中${word(index).padStart(30, 'x')}"`),
  'escaped text': list(20_000, (index) => `"\\u4e2d${word(index).padStart(30, 'x')}"`),
  'a key of one shape': list(40_000, () => '{"a":1}'),
  'five keys of one shape': list(20_000, () => '{"a":1,"b":1,"c":1,"d":1,"e":1}'),
  'a key that differs': list(20_000, (index) => `{"${word(index)}z":1}`),
  'three keys that differ': list(8_000, (index) => object(3, (key) => `${word(index * 3 + key)}z`)),
  'a hundred keys that differ': list(300, (index) => object(100, (key) => `${word(index * 100 + key)}z`)),
  'shapes of few keys': list(20_000, (index) => `{"a${index % 150}":1,"b${Math.floor(index / 150)}":1}`),
  'an index that V8 fills up to': list(20_000, () => '{"30":1}'),
  'an index that is far': list(20_000, () => '{"99":1}'),
  'eight indexes': list(4_000, () => object(8, (key) => `${key * 50 + 3}`)),
  'one map of many keys': object(40_000, word),
  'one map of many objects': object(40_000, (index) => `k${word(index)}`, '{}'),
  'one map of many indexes': object(40_000, (index) => `${index * 1000 + 7}`),
};

describe('the heap of a parsed body', () => {
  for (const [name, json] of Object.entries(values)) {
    test(`is not underestimated for ${name}, and is at most 40 bytes per byte of JSON`, () => {
      const estimated = estimate(json);
      const taken = heapOf(json);
      assert.ok(estimated > 0.93 * taken, `${estimated} is under the ${taken} that it takes`); // a few shapes in a hundred collide
      assert.ok(taken <= 40 * json.length, 'a byte of it costs more than 40');
    });
  }
});

const variables = (count: number) => list(count, (index) => `{"name":"V${index}","value":"${index}"}`);
const managed = (count: number) =>
  `{${Array.from({ length: count }, (_, index) => `"k:{\\"name\\":\\"V${index}\\"}":{".":{},"f:name":{},"f:value":{}}`).join()}}`;
const pods: Readonly<Record<string, string>> = {
  'environment variables': `{"spec":{"containers":[{"name":"a","env":${variables(90_000)}}]}}`,
  'environment variables and their managed fields': `{"env":${variables(32_000)},"fieldsV1":${managed(32_000)}}`,
  arguments: `{"args":${list(620_000, (index) => `"${word(index % 1000)}"`)}}`,
  containers: `{"containers":${list(120_000, (index) => `{"name":"c${index}","image":"a"}`)}}`,
  labels: `{"labels":${object(130_000, (index) => `label-${index}`, '"value"')}}`,
  'one text': `{"data":"${'x'.repeat(3 * 1024 * 1024)}"}`,
};

describe('the bound', () => {
  for (const [name, json] of Object.entries(pods)) {
    test(`accepts a pod of 3 MiB with ${name}`, () => {
      assert.ok(json.length > 2_500_000 && json.length < 3_800_000, `${json.length} bytes`);
      assert.ok(heapCost(Buffer.from(json), maxHeapCost) <= maxHeapCost);
    });
  }

  for (const unit of ['{},', '[],', '{"a":{}},', '[{}],', '{"30":1},', '"中a",']) {
    test(`rejects 7 MiB of ${unit}`, () => {
      const body = Buffer.from(`[${unit.repeat((bodyLimit - 2) / Buffer.byteLength(unit))}0]`);
      assert.ok(heapCost(body, maxHeapCost) > maxHeapCost);
    });
  }

  test('rejects 7 MiB of nesting', () => {
    assert.ok(heapCost(Buffer.from('['.repeat(bodyLimit)), maxHeapCost) > maxHeapCost);
    assert.ok(heapCost(Buffer.from('{"a":'.repeat(bodyLimit / 5)), maxHeapCost) > maxHeapCost);
  });

  for (const text of ['"', '"\\', '{"a', '{"a"', '{"a" :', '}]', '\\"', '"\\"]'])
    test(`ends for ${text.repeat(2)}...`, () => {
      assert.ok(heapCost(Buffer.from(text.repeat(200_000)), 1000) >= 0);
    });

  test('does not count brackets and commas within strings', () => {
    const json = `["${'{},\\"'.repeat(100_000)}"]`;
    assert.ok(heapCost(Buffer.from(json), 1_000_000) < 2.1 * json.length);
  });

  test('does not examine a body that cannot reach it', () => {
    assert.equal(heapCost(Buffer.from('{"a":{}}'), maxHeapCost), 0);
  });
});
