import { derTags, readDer } from './der.ts';

const [utf8String, printableString, ia5String] = [0x0c, 0x13, 0x16];
const asciiOnly = /^[\0-\x7f]*$/;

/** What Go takes in a PrintableString: `*` and `&`, too, which others write there. */
const printable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/;

/**
 * Whether Go reads a Name, RFC 5280 section 4.1.2.4: its texts hold only what their type allows.
 * https://go.dev/src/crypto/x509/parser.go
 */
export function isReadableName(name: Uint8Array): boolean {
  const attributes = (readDer(name) ?? []).flatMap(({ content }) => readDer(content) ?? []);
  return attributes.every(({ tag, content }) => {
    const value = tag === derTags.sequence ? readDer(content)?.at(-1) : undefined;
    return value !== undefined && isReadableText(value.tag, Buffer.from(value.content));
  });
}

function isReadableText(tag: number, bytes: Buffer): boolean {
  if (tag === printableString) return printable.test(bytes.toString('latin1'));
  if (tag === ia5String) return asciiOnly.test(bytes.toString('latin1'));
  return tag !== utf8String || Buffer.from(bytes.toString('utf8')).equals(bytes);
}
