import { X509Certificate } from 'node:crypto';
import { childrenOf, type DerValue, derTags, oidOf, readDer } from './der.ts';
import { isReadableName } from './distinguished-name.ts';

/** A parsed certificate, with the fields that decide whether a Go client accepts it, RFC 5280 section 4.1. */
export interface Certificate {
  /** The PEM block in one canonical form: equal certificates have equal text. */
  readonly pem: string;
  readonly x509: X509Certificate;
  /** Version 1 has no extensions. Go accepts such a certificate as a CA in caBundle. */
  readonly isVersion1: boolean;
  readonly isSerialNegative: boolean;
  /** Whether the subject and the issuer contain only characters that their string types allow. */
  readonly hasReadableNames: boolean;
  /** The object identifier, for example `1.2.840.113549.1.1.11`. */
  readonly signatureAlgorithm: string;
  /** The parameters of the signature algorithm, if any. */
  readonly signatureParameters: readonly DerValue[];
  readonly extensions: readonly Extension[];
}

/** One certificate or more. */
export type CertificateList = readonly [Certificate, ...Certificate[]];

/** A certificate and its private key. */
export interface CertificatePair {
  readonly certificate: Certificate;
  /** PEM. */
  readonly privateKey: string;
}

/** A pair that a server presents. */
export interface ServingPair extends CertificatePair {
  /** The intermediate certificates that are presented with the certificate. */
  readonly intermediates: readonly Certificate[];
}

export interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** Parses all certificates in PEM text, in order. Returns undefined if there is none or one is damaged. */
export function parseCertificates(pem: string): CertificateList | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const [first, ...others] = blocks.map(parseBlock);
  if (first === undefined || !others.every((other) => other !== undefined)) return undefined;
  return [first, ...others];
}

/** Returns the certificates as PEM text. */
export function formatCertificates(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join('');
}

/** Returns the value of `clientConfig.caBundle` for these CAs: PEM in base64. */
export function encodeCaBundle(authorities: readonly Certificate[]): string {
  return Buffer.from(formatCertificates(authorities)).toString('base64');
}

/** Returns the certificate and the intermediates of a pair, in the order in which TLS presents them. */
export function presentedCertificates({ certificate, intermediates }: ServingPair): CertificateList {
  return [certificate, ...intermediates];
}

/** Reports whether two values are the same certificate. */
export function isSameCertificate(one: Certificate, other: Certificate): boolean {
  return one.pem === other.pem;
}

/** Reports whether two pairs present the same certificates. */
export function presentsSame(one: ServingPair, other: ServingPair): boolean {
  return formatCertificates(presentedCertificates(one)) === formatCertificates(presentedCertificates(other));
}

/** Reports whether the certificate is among these. */
export function includesCertificate(certificates: readonly Certificate[], certificate: Certificate): boolean {
  return certificates.some((other) => isSameCertificate(other, certificate));
}

/** Returns the certificate among these that signed the given one; undefined if none did. */
export function signerOf({ x509 }: Certificate, authorities: readonly Certificate[]): Certificate | undefined {
  return authorities.find((authority) => x509.verify(authority.x509.publicKey));
}

function parseBlock(pem: string): Certificate | undefined {
  try {
    return describe(new X509Certificate(pem));
  } catch {
    return undefined;
  }
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
    pem: x509.toString(),
    x509,
    isVersion1: version?.tag !== 0xa0 || version.content.at(-1) === 0, // [0], which version 1 may omit
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
