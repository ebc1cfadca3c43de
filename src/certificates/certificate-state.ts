import { createPrivateKey, type X509Certificate } from 'node:crypto';
import {
  type CertificateList,
  type CertificatePair,
  formatCertificates,
  parseCertificates,
  presentedCertificates,
  type ServingPair,
  signerOf,
} from './certificate.ts';

/** The certificates that all replicas share. */
export interface CertificateState {
  /** The CAs, newest first. All of them are in caBundle. */
  readonly authorities: CertificateList;
  /** The private key of the newest CA, PEM. */
  readonly authorityKey: string;
  readonly serving: ServingPair;
}

/** A state that was read from a Secret, or what is wrong with the Secret, for example `it has no ca.crt`. */
export type DecodedState =
  | { readonly kind: 'state'; readonly state: CertificateState }
  | { readonly kind: 'failure'; readonly problem: string };

/** The keys of the Secret. */
const secretKeys = {
  authorities: 'ca.crt',
  authorityKey: 'ca.key',
  certificate: 'tls.crt',
  privateKey: 'tls.key',
} as const;

/** Returns the state as the `data` of a Secret, with base64 values. */
export function encodeState({
  authorities,
  authorityKey,
  serving,
}: CertificateState): Readonly<Record<string, string>> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    [secretKeys.authorities]: base64(formatCertificates(authorities)),
    [secretKeys.authorityKey]: base64(authorityKey),
    [secretKeys.certificate]: base64(formatCertificates(presentedCertificates(serving))),
    [secretKeys.privateKey]: base64(serving.privateKey),
  };
}

/**
 * Parses the `data` of a Secret. Fails if a key is missing, a certificate cannot be parsed, or a private key or a signature
 * does not match. Does not check whether the certificates are valid now.
 */
export function decodeState(data: unknown): DecodedState {
  const values = (typeof data === 'object' && data !== null ? data : {}) as Readonly<Record<string, unknown>>;
  const missing = Object.values(secretKeys).find((key) => typeof values[key] !== 'string' || values[key] === '');
  if (missing !== undefined) return failure(`it has no ${missing}`);
  const text = (key: string) => Buffer.from(String(values[key]), 'base64').toString();

  const authorities = parseCertificates(text(secretKeys.authorities));
  if (authorities === undefined)
    return failure(`its ${secretKeys.authorities} contains no certificate or a damaged one`);
  const presented = parseCertificates(text(secretKeys.certificate));
  if (presented === undefined) return failure(`its ${secretKeys.certificate} contains no certificate or a damaged one`);
  const [certificate, ...intermediates] = presented;
  const serving = { certificate, intermediates, privateKey: text(secretKeys.privateKey) };
  const state = { authorities, authorityKey: text(secretKeys.authorityKey), serving };
  const problem = mismatch(state);
  return problem === undefined ? { kind: 'state', state } : failure(problem);
}

/** Returns the CA that signs new certificates. */
export function signingAuthority({ authorities, authorityKey }: Omit<CertificateState, 'serving'>): CertificatePair {
  return { certificate: authorities[0], privateKey: authorityKey };
}

function mismatch({ authorities, authorityKey, serving }: CertificateState): string | undefined {
  if (!hasPrivateKey(authorities[0].x509, authorityKey))
    return `its ${secretKeys.authorityKey} is not the key of ${secretKeys.authorities}`;
  if (!hasPrivateKey(serving.certificate.x509, serving.privateKey))
    return `its ${secretKeys.privateKey} is not the key of ${secretKeys.certificate}`;
  if (signerOf(serving.certificate, authorities) === undefined)
    return `its ${secretKeys.certificate} is not signed by a CA in ${secretKeys.authorities}`;
  return undefined;
}

function hasPrivateKey(certificate: X509Certificate, privateKey: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function failure(problem: string): DecodedState {
  return { kind: 'failure', problem };
}
