import assert from 'node:assert/strict';
import {
  type Certificate,
  formatCertificates,
  parseCertificates,
  presentedCertificates,
  type ServingPair,
} from '../../src/certificates/certificate.ts';
import * as certificateFiles from '../../src/certificates/certificate-files.ts';
import { decodeState, encodeState } from '../../src/certificates/certificate-state.ts';
import * as issuing from '../../src/certificates/issue-certificate.ts';

/** One or more certificates as PEM, with the private key of the first. */
export interface PemPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Issues a CA; its lifetime is milliseconds. */
export async function issueAuthority(
  commonName: string,
  now: Date,
  lifetime: number,
  randomness = issuing.systemRandomness,
): Promise<PemPair> {
  const { certificate, privateKey } = await issuing.issueAuthority({ commonName, now, lifetime, randomness });
  return { certificate: certificate.pem, privateKey };
}

/** Issues a certificate for a server, unless another purpose is given; its lifetime is milliseconds. */
export async function issueCertificate(
  authority: PemPair,
  names: readonly string[],
  now: Date,
  lifetime: number,
  purpose: 'serverAuth' | 'clientAuth' = 'serverAuth',
): Promise<PemPair> {
  return toPem(await issuing.issueCertificate(fromPem(authority), { names, now, lifetime, purpose }));
}

/** Returns the caBundle for these CAs. */
export function caBundle(pem: string): string {
  return Buffer.from(pem).toString('base64');
}

export function fromPem({ certificate: pem, privateKey }: PemPair): ServingPair {
  const [certificate, ...intermediates] = parseAll(pem);
  return { certificate, intermediates, privateKey };
}

export function toPem(pair: ServingPair): PemPair {
  return { certificate: formatCertificates(presentedCertificates(pair)), privateKey: pair.privateKey };
}

/** Parses all certificates, which must be readable. */
export function parseAll(pem: string): readonly [Certificate, ...Certificate[]] {
  return parseCertificates(pem) ?? assert.fail(`unreadable: ${pem}`);
}

/** Writes ca.crt, tls.crt and tls.key. */
export async function writeCertificates(folder: string, authority: string, pair: PemPair): Promise<void> {
  await certificateFiles.writeCertificates(folder, parseAll(authority)[0], fromPem(pair));
}

/** The content of the Secret that replicas share. */
export interface PemState {
  /** CAs, newest first. */
  readonly authorities: readonly string[];
  readonly authorityKey: string;
  readonly serving: PemPair;
}

/** Parses the `data` of a Secret, which must contain a good state. */
export function decodePemState(data: unknown): PemState {
  const decoded = decodeState(data);
  if (decoded.kind === 'failure') return assert.fail(decoded.problem);
  const { authorities, authorityKey, serving } = decoded.state;
  return { authorities: authorities.map(({ pem }) => pem), authorityKey, serving: toPem(serving) };
}

/** Returns the `data` of a Secret. */
export function encodePemState({ authorities, authorityKey, serving }: PemState): Readonly<Record<string, string>> {
  return encodeState({ authorities: parseAll(authorities.join('')), authorityKey, serving: fromPem(serving) });
}
