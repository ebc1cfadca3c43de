import { derTags, readDer } from './der.ts';

const [utf8String, printableString, ia5String] = [0x0c, 0x13, 0x16];
const asciiOnly = /^[\0-\x7f]*$/;

/** The characters that Go accepts in a PrintableString, including `*` and `&`, which some CAs use. */
const printable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/;

/**
 * Reports whether Go can parse a Name, RFC 5280 section 4.1.2.4: each string has only characters that its type allows.
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
