import type { Certificate, Extension } from './certificate.ts';
import { childrenOf, derTags, oidOf, readDer } from './der.ts';

/** The object identifiers of the extensions that Downlink reads. */
export const extensionOids = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** The subject alternative names of a certificate. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly hasAddresses: boolean;
  /** Whether Go cannot parse them: a DNS name is not ASCII, or an address does not have 4 or 16 bytes. */
  readonly isMalformed: boolean;
}

/** Returns the names in the extension subjectAltName; undefined if there is none. */
export function alternativeNames(certificate: Certificate): AlternativeNames | undefined {
  const names = childrenOf(extensionOf(certificate, extensionOids.subjectAltName)?.value);
  if (names === undefined) return undefined;
  const [dnsName, ipAddress] = [0x82, 0x87]; // context-specific tags 2 and 7, RFC 5280 section 4.2.1.6
  return {
    dnsNames: names.filter(({ tag }) => tag === dnsName).map(({ content }) => Buffer.from(content).toString('latin1')),
    hasAddresses: names.some(({ tag }) => tag === ipAddress),
    isMalformed: names.some(
      ({ tag, content }) =>
        (tag === dnsName && content.some((byte) => byte > 0x7f)) ||
        (tag === ipAddress && content.length !== 4 && content.length !== 16),
    ),
  };
}

/** Returns the object identifiers of the extended key usages; undefined if there are none, which allows any. */
export function extendedKeyUsages(certificate: Certificate): readonly string[] | undefined {
  const usages = childrenOf(extensionOf(certificate, extensionOids.extendedKeyUsage)?.value);
  const oids = usages?.flatMap(({ content }) => oidOf(content) ?? []);
  return oids?.length === 0 ? undefined : oids;
}

/** Reports whether the certificate may sign others, as a CA. */
export function isAuthority(certificate: Certificate): boolean {
  const constraints = childrenOf(extensionOf(certificate, extensionOids.basicConstraints)?.value);
  const [first] = constraints ?? [];
  const isCa = first?.tag === derTags.boolean && first.content[0] !== 0;
  const usage = readDer(extensionOf(certificate, extensionOids.keyUsage)?.value ?? new Uint8Array())?.[0];
  const keyCertSign = 0x04; // bit 5 of the byte after the number of unused bits
  return isCa && (usage === undefined || ((usage.content[1] ?? 0) & keyCertSign) !== 0);
}

/** Returns the extension with that object identifier; undefined if there is none. */
export function extensionOf({ extensions }: Certificate, oid: string): Extension | undefined {
  return extensions.find((extension) => extension.oid === oid);
}
