import type { X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { alternativeNames, extendedKeyUsages, extensionOids } from './certificate-extensions.ts';
import { childrenOf, derTags, readDer } from './der.ts';
import { refusedSignature } from './signature-algorithm.ts';

/** Why a Go client, which the API server is, refuses a certificate. */
export interface CertificateProblem {
  readonly kind: 'names' | 'purpose' | 'signature' | 'key' | 'expired' | 'not-yet-valid' | 'form' | 'issuer';
  /** A clause whose subject is the certificate: `has no subject alternative name`. */
  readonly problem: string;
  /** What is to be done: `issue it for downlink.downlink.svc`. */
  readonly right: string;
}

const [serverAuth, anyUsage] = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];
const rsaBits = { least: 1024, most: 8192 };
const largestExponent = 2n ** 31n - 1n;
/** The curves that Go's TLS knows. Signatures of issuers may be on P-224, too. */
export const tlsCurves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** Critical extensions that Go handles; it refuses a certificate with another one. */
const handledExtensions: readonly string[] = [
  ...Object.values(extensionOids),
  ...['2.5.29.14', '2.5.29.31', '2.5.29.32', '2.5.29.33', '2.5.29.35', '2.5.29.36', '2.5.29.54'],
];

/** Reports whether the certificate is valid at that time; at its very end it is no more. */
export function validityProblems({ x509 }: Certificate, now: Date): readonly CertificateProblem[] {
  const { validFromDate, validToDate } = x509;
  if (now >= validToDate)
    return [{ kind: 'expired', problem: `expired at ${validToDate.toISOString()}`, right: 'issue a new one' }];
  if (now >= validFromDate) return [];
  const problem = `is valid from ${validFromDate.toISOString()} only`;
  return [{ kind: 'not-yet-valid', problem, right: 'issue one that is valid now, or correct the clock' }];
}

/** Reports extended key usages that do not allow serving; without any, every usage is allowed. */
export function usageProblems(certificate: Certificate): readonly CertificateProblem[] {
  const usages = extendedKeyUsages(certificate);
  if (usages === undefined || usages.includes(serverAuth) || usages.includes(anyUsage)) return [];
  const problem = 'has extended key usages without serverAuth';
  return [{ kind: 'purpose', problem, right: 'issue it with the extended key usage serverAuth' }];
}

/** Reports a signature that Go does not verify, SHA-1 and MD5 among them. */
export function signatureProblems(certificate: Certificate): readonly CertificateProblem[] {
  const refused = refusedSignature(certificate);
  if (refused === undefined) return [];
  return [{ kind: 'signature', problem: `is signed with ${refused}`, right: 'have it signed with SHA-256' }];
}

/** Reports a key that Go does not take: of another type, on another curve, too short or too long. */
export function keyProblems({ x509 }: Certificate, curves: readonly string[]): readonly CertificateProblem[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = x509.publicKey;
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = details;
  const isNamed = type === 'ec' && hasNamedCurve(x509);
  const isKnown = type === 'rsa' || type === 'ed25519' || (isNamed && curves.includes(namedCurve));
  const isRightSize = type !== 'rsa' || (modulusLength >= rsaBits.least && modulusLength <= rsaBits.most);
  const isRightExponent = type !== 'rsa' || publicExponent <= largestExponent;
  if (isKnown && isRightSize && isRightExponent) return [];
  const curve = isNamed ? `the curve ${namedCurve}` : 'a curve that is written out and not named';
  const other = type === 'ec' ? `an ECDSA key on ${curve}` : `a key of the type ${type}`;
  const rsa = isRightSize ? `the public exponent ${publicExponent}` : `${modulusLength} bits`;
  const key = type === 'rsa' ? `an RSA key of ${rsa}` : other;
  const right = 'use an RSA key of 2048 bits, or an ECDSA key on the curve P-256';
  return [{ kind: 'key', problem: `has ${key}`, right }];
}

/** Whether the key of an elliptic curve has the name of the curve, and not its parameters, RFC 5480 section 2.1.1. */
function hasNamedCurve({ publicKey }: X509Certificate): boolean {
  const [algorithm] = childrenOf(publicKey.export({ type: 'spki', format: 'der' })) ?? [];
  const [, parameters] = (algorithm && readDer(algorithm.content)) ?? [];
  return parameters?.tag === derTags.oid;
}

/** Reports what Go refuses to read. */
export function formProblems(certificate: Certificate): readonly CertificateProblem[] {
  const { isSerialNegative, hasReadableNames, extensions } = certificate;
  const oids = extensions.map(({ oid }) => oid);
  const twice = oids.find((oid, index) => oids.indexOf(oid) < index);
  const unknown = extensions.find(({ oid, isCritical }) => isCritical && !handledExtensions.includes(oid));
  const problems = [
    isSerialNegative && 'has a negative serial number',
    !hasReadableNames && 'has a subject or an issuer with a character that the type of the text does not allow',
    twice !== undefined && `has the extension ${twice} twice`,
    alternativeNames(certificate)?.isMalformed && 'has a subject alternative name that cannot be read',
    unknown !== undefined && `has the critical extension ${unknown.oid}, which the API server does not know`,
  ];
  return problems
    .filter((problem) => typeof problem === 'string')
    .map((problem) => ({ kind: 'form', problem, right: 'issue it without that' }));
}
