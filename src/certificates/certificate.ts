import { X509Certificate } from 'node:crypto';
import { type DerValue, derTags, oidOf, readDer } from './der.ts';
import { isReadableName } from './distinguished-name.ts';

/** A certificate with what decides whether a Go client accepts it, RFC 5280 section 4.1. */
export interface Certificate {
  readonly x509: X509Certificate;
  /** Version 1 has no extensions; Go takes such a one for a CA of caBundle. */
  readonly isVersion1: boolean;
  readonly isSerialNegative: boolean;
  /** Whether the names of its subject and its issuer hold only what their types of text allow. */
  readonly hasReadableNames: boolean;
  /** Of its signature, for example `1.2.840.113549.1.1.11`. */
  readonly signatureAlgorithm: string;
  /** The parameters of the signature algorithm; empty where there are none. */
  readonly signatureParameters: readonly DerValue[];
  readonly extensions: readonly Extension[];
}

export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** The object identifiers of the extensions that are read here. */
export const extensionOids = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** What a certificate is for, by its subject alternative names. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly hasAddresses: boolean;
  /** Whether Go does not read them: a DNS name that is not ASCII, an address of another length than 4 or 16 bytes. */
  readonly isMalformed: boolean;
}

/** Reads the certificates of a PEM text in their order; undefined where one is damaged or there is none. */
export function readCertificates(pem: string): readonly Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    const certificates = blocks.map((block) => describe(new X509Certificate(block)));
    return certificates.length > 0 && certificates.every((one) => one !== undefined) ? certificates : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the names of the extension subjectAltName; undefined where there is none. */
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

/** Returns the object identifiers of the extended key usages; undefined where there are none, which means any. */
export function extendedKeyUsages(certificate: Certificate): readonly string[] | undefined {
  const usages = childrenOf(extensionOf(certificate, extensionOids.extendedKeyUsage)?.value);
  const oids = usages?.flatMap(({ content }) => oidOf(content) ?? []);
  return oids?.length === 0 ? undefined : oids;
}

/** Reports whether it may sign certificates, as a CA's may. */
export function isAuthority(certificate: Certificate): boolean {
  const constraints = childrenOf(extensionOf(certificate, extensionOids.basicConstraints)?.value);
  const [first] = constraints ?? [];
  const isCa = first?.tag === derTags.boolean && first.content[0] !== 0;
  const usage = readDer(extensionOf(certificate, extensionOids.keyUsage)?.value ?? new Uint8Array())?.[0];
  const keyCertSign = 0x04; // bit 5 of the first byte behind the number of unused bits
  return isCa && (usage === undefined || ((usage.content[1] ?? 0) & keyCertSign) !== 0);
}

/** Returns the extension of that object identifier; undefined where there is none. */
export function extensionOf({ extensions }: Certificate, oid: string): Extension | undefined {
  return extensions.find((extension) => extension.oid === oid);
}

/** The values inside of the one SEQUENCE that these bytes are. */
export function childrenOf(bytes: Uint8Array | undefined): readonly DerValue[] | undefined {
  const [outer] = (bytes && readDer(bytes)) ?? [];
  return outer?.tag === derTags.sequence ? readDer(outer.content) : undefined;
}

function describe(x509: X509Certificate): Certificate | undefined {
  const [body, algorithm] = childrenOf(x509.raw) ?? [];
  const [oid, ...parameters] = (algorithm && readDer(algorithm.content)) ?? [];
  const signatureAlgorithm = oid && oidOf(oid.content);
  const fields = body && readDer(body.content);
  if (signatureAlgorithm === undefined || fields === undefined) return undefined;
  const [version] = fields;
  const serial = fields.find(({ tag }) => tag === derTags.integer);
  const extensions = fields.find(({ tag }) => tag === 0xa3); // [3]
  const [, , issuer, , subject] = fields.filter(({ tag }) => tag !== 0xa0);
  return {
    x509,
    isVersion1: version?.tag !== 0xa0 || version.content.at(-1) === 0, // [0], which version 1 need not have
    hasReadableNames: [issuer, subject].every((name) => name !== undefined && isReadableName(name.content)),
    isSerialNegative: ((serial?.content[0] ?? 0) & 0x80) !== 0,
    signatureAlgorithm,
    signatureParameters: parameters,
    extensions: (childrenOf(extensions?.content) ?? []).flatMap(({ content }) => readExtension(content) ?? []),
  };
}

function readExtension(content: Uint8Array): Extension | undefined {
  const parts = readDer(content) ?? [];
  const [id, value] = [parts[0], parts.at(-1)];
  const oid = id && oidOf(id.content);
  if (oid === undefined || value === undefined) return undefined;
  return { oid, isCritical: parts[1]?.tag === derTags.boolean && parts[1].content[0] !== 0, value: value.content };
}
