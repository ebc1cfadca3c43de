/** A value in DER, the encoding of certificates (ITU-T X.690). */
export interface DerValue {
  /** The identifier octet: 0x30 is a SEQUENCE, 0x06 an OBJECT IDENTIFIER, 0xA0 and above are context-specific tags. */
  readonly tag: number;
  readonly content: Uint8Array;
}

export const derTags = { boolean: 0x01, integer: 0x02, oid: 0x06, sequence: 0x30 } as const;

/** Parses a sequence of values; undefined if the bytes are not DER. */
export function readDer(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    const length = readLength(bytes, at + 1);
    if (length === undefined || (tag & 0x1f) === 0x1f) return undefined; // certificates have no multi-byte tags
    const end = length.next + length.value;
    if (end > bytes.length) return undefined;
    values.push({ tag, content: bytes.subarray(length.next, end) });
    at = end;
  }
  return values;
}

/** Returns an object identifier in dotted notation, for example `2.5.29.17`; undefined if the bytes are incomplete. */
export function oidOf(content: Uint8Array): string | undefined {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length > 0) numbers.push(number);
    else numbers.push(Math.min(2, Math.floor(number / 40)), number - 40 * Math.min(2, Math.floor(number / 40)));
    number = 0;
  }
  const isComplete = content.length > 0 && ((content.at(-1) ?? 0) & 0x80) === 0;
  return isComplete ? numbers.join('.') : undefined;
}

/** Returns the values inside a SEQUENCE; undefined if the bytes are not exactly one. */
export function childrenOf(bytes: Uint8Array | undefined): readonly DerValue[] | undefined {
  const [outer] = (bytes && readDer(bytes)) ?? [];
  return outer?.tag === derTags.sequence ? readDer(outer.content) : undefined;
}

function readLength(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { value: first, next: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + count >= bytes.length) return undefined;
  let value = 0;
  for (let index = 1; index <= count; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return { value, next: at + 1 + count };
}
