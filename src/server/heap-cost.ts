const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const colon = 0x3a;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const zero = 0x30;
const nine = 0x39;

/**
 * Bytes of heap that Node.js 24 uses for JSON values, including the slot in the parent. Measured:
 *
 * | Value                              | Bytes      |
 * |------------------------------------|------------|
 * | `{}`, `[]`, `[1]`                  | 64, 40, 64 |
 * | `{"a":1}` with a known shape        | 40         |
 * | `{"a":{}}` with a known shape       | 96         |
 * | key that creates a new shape       | 60 to 120  |
 * | `{"30":1}`, `{"99":1}`: index keys  | 328, 208   |
 * | string                             | 24 to 32, plus one or two bytes per character |
 * | number                             | 8 to 16    |
 */
const costs = { object: 64, list: 64, knownKey: 16, newKey: 144, indexKey: 272, text: 32, item: 24 } as const;

/** Maximum cost of a byte of JSON: the 9 bytes of `{"30":1},` cost 352. */
const maxCostPerByte = 40;

/**
 * Estimates how many bytes of heap the parsed body takes, from its text; an upper bound. Stops when the estimate exceeds
 * `enough`. Returns 0 for a body that is too short to reach it.
 *
 * A pod mostly consists of objects with few shapes, and an object costs little once V8 knows its shape. Shapes are
 * distinguished by a hash of the keys in their order.
 */
export function heapCost(json: Buffer, enough: number): number {
  if (json.length * maxCostPerByte <= enough) return 0;
  const shapes = createShapes();
  const outer: number[] = []; // for each enclosing object or list: its shape so far, or inList
  let shape = inList;
  let cost = 0;
  for (let at = 0; at < json.length && cost <= enough; at++) {
    switch (json[at]) {
      case quote: {
        const end = endOfText(json, at);
        if (shape !== inList && isKey(json, end)) {
          shape = hash(json, at + 1, end, shape);
          cost += isIndex(json[at + 1])
            ? costs.indexKey
            : shapes.add(shape)
              ? costs.newKey + 2 * (end - at)
              : costs.knownKey;
        } else cost += costs.text + 2 * (end - at);
        at = end;
        break;
      }
      case openBrace:
        cost += costs.object;
        outer.push(shape);
        shape = emptyShape;
        break;
      case openBracket:
        cost += costs.list;
        outer.push(shape);
        shape = inList;
        break;
      case closeBrace:
      case closeBracket:
        shape = outer.pop() ?? inList;
        break;
      case comma:
        cost += costs.item;
        break;
    }
  }
  return cost;
}

const inList = -1;
const emptyShape = Math.trunc(Math.random() * 2 ** 31); // random, so that nobody can construct shapes that collide

/** Extends the hash of the previous keys by one key (FNV-1a). The result is never negative. */
function hash(json: Buffer, from: number, to: number, previous: number): number {
  let value = previous;
  for (let at = from; at < to; at++) value = Math.imul(value ^ (json[at] ?? 0), 0x01000193);
  return (value ^ (value >>> 15)) & 0x7fffffff;
}

/** Returns the index of the closing quote, or the length of the body if there is none. */
function endOfText(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return Math.min(at, json.length);
}

function isKey(json: Buffer, end: number): boolean {
  let at = end + 1;
  while ((json[at] ?? colon) <= space) at++; // white space
  return json[at] === colon;
}

function isIndex(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

/** Creates a set of shapes with one bit for each hash. A few in a hundred shapes collide and count as known. */
function createShapes(): { readonly add: (shape: number) => boolean } {
  const bits = new Uint8Array(1 << 18);
  return {
    add: (shape) => {
      const index = (shape >>> 3) & (bits.length - 1);
      const bit = 1 << (shape & 7);
      if (((bits[index] ?? 0) & bit) !== 0) return false;
      bits[index] = (bits[index] ?? 0) | bit;
      return true;
    },
  };
}
