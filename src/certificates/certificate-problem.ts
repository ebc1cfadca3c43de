import type { X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { alternativeNames, extendedKeyUsages, extensionOids } from './certificate-extensions.ts';
import { childrenOf, derTags, readDer } from './der.ts';
import { refusedSignature } from './signature-algorithm.ts';

/** Why a Go client such as the API server refuses a certificate. */
export interface CertificateProblem {
  readonly kind: 'names' | 'purpose' | 'signature' | 'key' | 'expired' | 'not-yet-valid' | 'form' | 'issuer';
  /** A clause whose subject is the certificate: `has no subject alternative name`. */
  readonly problem: string;
  /** How to correct it: `issue it for downlink.downlink.svc`. */
  readonly remedy: string;
}

const [serverAuth, anyUsage] = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];
const rsaBits = { min: 1024, max: 8192 };
const maxExponent = 2n ** 31n - 1n;
/** The curves that Go supports in TLS. Issuers can also sign with P-224. */
export const tlsCurves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** The critical extensions that Go handles. It refuses a certificate with any other. */
const handledExtensions: readonly string[] = [
  ...Object.values(extensionOids),
  ...['2.5.29.14', '2.5.29.31', '2.5.29.32', '2.5.29.33', '2.5.29.35', '2.5.29.36', '2.5.29.54'],
];

/** Reports a certificate that is not valid at that time. It is no longer valid at its notAfter time. */
export function validityProblems({ x509 }: Certificate, now: Date): readonly CertificateProblem[] {
  const { validFromDate, validToDate } = x509;
  if (now >= validToDate)
    return [{ kind: 'expired', problem: `expired at ${validToDate.toISOString()}`, remedy: 'issue a new one' }];
  if (now >= validFromDate) return [];
  const problem = `is not valid before ${validFromDate.toISOString()}`;
  return [{ kind: 'not-yet-valid', problem, remedy: 'issue one that is valid now, or correct the clock' }];
}

/** Reports extended key usages that do not include server authentication. Without the extension, every usage is allowed. */
export function usageProblems(certificate: Certificate): readonly CertificateProblem[] {
  const usages = extendedKeyUsages(certificate);
  if (usages === undefined || usages.includes(serverAuth) || usages.includes(anyUsage)) return [];
  const problem = 'has extended key usages without serverAuth';
  return [{ kind: 'purpose', problem, remedy: 'issue it with the extended key usage serverAuth' }];
}

/** Reports a signature algorithm that Go does not accept, for example with SHA-1 or MD5. */
export function signatureProblems(certificate: Certificate): readonly CertificateProblem[] {
  const refused = refusedSignature(certificate);
  if (refused === undefined) return [];
  return [{ kind: 'signature', problem: `is signed with ${refused}`, remedy: 'have it signed with SHA-256' }];
}

/** Reports a key that Go does not accept because of its type, curve, size, or public exponent. */
export function keyProblems({ x509 }: Certificate, curves: readonly string[]): readonly CertificateProblem[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = x509.publicKey;
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = details;
  const isNamed = type === 'ec' && hasNamedCurve(x509);
  const isKnown = type === 'rsa' || type === 'ed25519' || (isNamed && curves.includes(namedCurve));
  const isRightSize = type !== 'rsa' || (modulusLength >= rsaBits.min && modulusLength <= rsaBits.max);
  const isRightExponent = type !== 'rsa' || publicExponent <= maxExponent;
  if (isKnown && isRightSize && isRightExponent) return [];
  const curve = isNamed ? `the curve ${namedCurve}` : 'explicit curve parameters';
  const other = type === 'ec' ? `an ECDSA key on ${curve}` : `a key of the type ${type}`;
  const rsa = isRightSize ? `the public exponent ${publicExponent}` : `${modulusLength} bits`;
  const key = type === 'rsa' ? `an RSA key of ${rsa}` : other;
  const remedy = 'use an RSA key of 2048 bits, or an ECDSA key on the curve P-256';
  return [{ kind: 'key', problem: `has ${key}`, remedy }];
}

/** Reports whether an ECDSA key identifies its curve by name and not by parameters, RFC 5480 section 2.1.1. */
function hasNamedCurve({ publicKey }: X509Certificate): boolean {
  const [algorithm] = childrenOf(publicKey.export({ type: 'spki', format: 'der' })) ?? [];
  const [, parameters] = (algorithm && readDer(algorithm.content)) ?? [];
  return parameters?.tag === derTags.oid;
}

/** Reports what Go refuses to parse. */
export function formProblems(certificate: Certificate): readonly CertificateProblem[] {
  const { isSerialNegative, hasReadableNames, extensions } = certificate;
  const oids = extensions.map(({ oid }) => oid);
  const twice = oids.find((oid, index) => oids.indexOf(oid) < index);
  const unknown = extensions.find(({ oid, isCritical }) => isCritical && !handledExtensions.includes(oid));
  const problems = [
    isSerialNegative && 'has a negative serial number',
    !hasReadableNames && 'has a subject or an issuer with a character that its string type does not allow',
    twice !== undefined && `has the extension ${twice} twice`,
    alternativeNames(certificate)?.isMalformed && 'has a malformed subject alternative name',
    unknown !== undefined && `has the critical extension ${unknown.oid}, which the API server does not support`,
  ];
  return problems
    .filter((problem) => typeof problem === 'string')
    .map((problem) => ({ kind: 'form', problem, remedy: 'issue it without that' }));
}
