import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertificatePair } from './issue-certificate.ts';

/** Everything that the replicas share: what they serve with, and what vouches for it. */
export interface CertificateState {
  /** CA certificates as PEM, the newest first. All of them are in caBundle. */
  readonly authorities: readonly string[];
  /** The newest CA's private key. */
  readonly authorityKey: string;
  readonly serving: CertificatePair;
}

/** The keys of the Secret. */
const secretKeys = {
  authorities: 'ca.crt',
  authorityKey: 'ca.key',
  certificate: 'tls.crt',
  privateKey: 'tls.key',
} as const;

/** The state as a Secret's `data`, values in base64. */
export function encodeState(state: CertificateState): Readonly<Record<string, string>> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    [secretKeys.authorities]: base64(state.authorities.join('')),
    [secretKeys.authorityKey]: base64(state.authorityKey),
    [secretKeys.certificate]: base64(state.serving.certificate),
    [secretKeys.privateKey]: base64(state.serving.privateKey),
  };
}

/**
 * The state in a Secret's `data`, or what is wrong with it: a key that is missing, garbage, or a pair that does not
 * belong together. Whether certificates are still valid is not looked at.
 */
export function decodeState(data: unknown): CertificateState | { readonly problem: string } {
  const values = (typeof data === 'object' && data !== null ? data : {}) as Readonly<Record<string, unknown>>;
  const missing = Object.values(secretKeys).find((key) => typeof values[key] !== 'string' || values[key] === '');
  if (missing !== undefined) return { problem: `it has no ${missing}` };
  const text = (key: string) => Buffer.from(String(values[key]), 'base64').toString();
  const state: CertificateState = {
    authorities: splitPem(text(secretKeys.authorities)),
    authorityKey: text(secretKeys.authorityKey),
    serving: { certificate: text(secretKeys.certificate), privateKey: text(secretKeys.privateKey) },
  };
  const problem = problemOf(state);
  return problem === undefined ? state : { problem };
}

function problemOf({ authorities, authorityKey, serving }: CertificateState): string | undefined {
  const [newest] = authorities;
  if (newest === undefined) return `its ${secretKeys.authorities} holds no certificate`;
  if (!authorities.every((authority) => parse(authority))) return `its ${secretKeys.authorities} holds garbage`;
  if (!belongs(newest, authorityKey))
    return `its ${secretKeys.authorityKey} is not the key of ${secretKeys.authorities}`;
  if (!parse(serving.certificate)) return `its ${secretKeys.certificate} holds no certificate`;
  if (!belongs(serving.certificate, serving.privateKey)) {
    return `its ${secretKeys.privateKey} is not the key of ${secretKeys.certificate}`;
  }
  if (issuerOf(serving.certificate, authorities) === undefined) {
    return `its ${secretKeys.certificate} is of no CA in ${secretKeys.authorities}`;
  }
  return undefined;
}

/** The one of the authorities that signed the certificate; undefined where none did. */
export function issuerOf(certificate: string, authorities: readonly string[]): string | undefined {
  const leaf = parse(certificate);
  return authorities.find((authority) => leaf?.verify(new X509Certificate(authority).publicKey));
}

function belongs(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function parse(certificate: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

function splitPem(bundle: string): readonly string[] {
  return (bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map((pem) => `${pem}\n`);
}
