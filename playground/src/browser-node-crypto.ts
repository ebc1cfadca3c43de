/** Stands in for node:crypto in the browser, whose own hashes are asynchronous: the engine names a profile by its hash. */

interface Hash {
  readonly update: (text: string) => Hash;
  readonly digest: (encoding: 'hex') => string;
}

/** Returns SHA-256 of UTF-8 text, the one hash that the engine uses. */
export function createHash(algorithm: 'sha256', text = ''): Hash {
  return {
    update: (more) => createHash(algorithm, text + more),
    digest: () => sha256(new TextEncoder().encode(text)),
  };
}

const primes = [...firstPrimes(64)];
const roundConstants = primes.map((prime) => fraction(Math.cbrt(prime)));
const initialState = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

/** Source: https://doi.org/10.6028/NIST.FIPS.180-4, section 6.2 */
function sha256(message: Uint8Array): string {
  const length = (((message.length + 8) >> 6) + 1) << 6;
  const padded = new DataView(new ArrayBuffer(length));
  for (const [index, byte] of message.entries()) padded.setUint8(index, byte);
  padded.setUint8(message.length, 0x80);
  padded.setBigUint64(length - 8, BigInt(message.length) * 8n);
  let state = initialState;
  for (let block = 0; block < length; block += 64) state = compress(state, padded, block);
  return state.map((word) => word.toString(16).padStart(8, '0')).join('');
}

function compress(state: readonly number[], padded: DataView, block: number): number[] {
  const words = new Uint32Array(64);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (const [round, constant] of roundConstants.entries()) {
    const word = round < 16 ? padded.getUint32(block + round * 4) : schedule(words, round);
    words[round] = word;
    const first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constant + word;
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) >>> 0, c, b, a, (first + second) >>> 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + (state[index] ?? 0)) >>> 0);
}

function schedule(words: Uint32Array, round: number): number {
  const at = (back: number) => words[round - back] ?? 0;
  const small = rotate(at(15), 7) ^ rotate(at(15), 18) ^ (at(15) >>> 3);
  const large = rotate(at(2), 17) ^ rotate(at(2), 19) ^ (at(2) >>> 10);
  return (at(16) + small + at(7) + large) >>> 0;
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** Returns the first 32 bits of the fractional part. */
function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function* firstPrimes(count: number): Iterable<number> {
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let divisor = 2;
    while (divisor * divisor <= candidate && candidate % divisor !== 0) divisor++;
    if (divisor * divisor <= candidate) continue;
    found++;
    yield candidate;
  }
}
