import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../diagnostics/text.ts';
import { day } from '../time/duration.ts';
import { readCertificates } from './certificate.ts';
import { certificateProblems } from './certificate-acceptance.ts';
import { type CertificatePair, issueAuthority, issueCertificate } from './issue-certificate.ts';

/** Why there is no certificate to serve with, as the settings have it; the message names the file or flag to mend. */
export class CertificateError extends Error {
  override name = 'CertificateError';
}

/** The files of a serving certificate, and what the API server must accept it for. */
export interface ServingFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** What the API server calls: `downlink.downlink.svc`; empty where that is not known. */
  readonly names: readonly string[];
}

/** Reads a certificate and its key, and checks that they belong together and that the API server accepts them now. */
export async function loadServingCertificate(
  { certFile, keyFile, names }: ServingFiles,
  now: Date,
): Promise<CertificatePair> {
  const { certificate, privateKey } = await readPair(certFile, keyFile);
  const parsed = parseCertificate(certificate, certFile);
  // not left to TLS, which takes a key of another algorithm and then fails at each handshake
  if (!parsed.checkPrivateKey(parseKey(privateKey, keyFile))) {
    throw new CertificateError(
      `${keyFile} is not the private key of ${certFile}, or not of the first certificate in it`,
    );
  }
  const certificates = readCertificates(certificate);
  if (certificates === undefined) throw new CertificateError(`${certFile} holds a damaged certificate`);
  // not left to TLS either: Node.js serves with what the API server refuses
  const problems = certificateProblems(certificates, names, now);
  if (problems.length > 0)
    throw new CertificateError(problems.map(({ problem, right }) => `${certFile} ${problem}: ${right}`).join('\n'));
  try {
    createSecureContext({ cert: certificate, key: privateKey });
  } catch (error) {
    throw new CertificateError(`${certFile} cannot be served with: ${messageOf(error)}${hintAt(error)}`);
  }
  return { certificate, privateKey };
}

function hintAt(error: unknown): string {
  const isShort = error instanceof Error && 'code' in error && error.code === 'ERR_SSL_EE_KEY_TOO_SMALL';
  return isShort ? '; use an RSA key of 2048 bits, or an ECDSA key on the curve P-256' : '';
}

/** Reads the CA that callers' certificates must be of. */
export async function loadClientAuthority(file: string): Promise<string> {
  const certificate = await read(file, 'CA certificate');
  parseCertificate(certificate, file);
  return certificate;
}

/** Makes a CA and a certificate for localhost in a new temporary folder, where callers find the ca.crt. */
export async function makeTemporaryCertificate(now: Date): Promise<CertificatePair & { readonly folder: string }> {
  const authority = await issueAuthority('Downlink temporary CA', now, day);
  const pair = await issueCertificate(authority, ['localhost', '127.0.0.1', '::1'], now, day);
  const folder = await mkdtemp(join(tmpdir(), 'downlink-'));
  await writeCertificates(folder, authority.certificate, pair);
  return { ...pair, folder };
}

/** Writes ca.crt, tls.crt and tls.key, the key for its owner's eyes only. Existing files are replaced. */
export async function writeCertificates(folder: string, authority: string, pair: CertificatePair): Promise<void> {
  await writeFile(join(folder, 'ca.crt'), authority);
  await writeFile(join(folder, 'tls.crt'), pair.certificate);
  const keyFile = join(folder, 'tls.key');
  await rm(keyFile, { force: true }); // the mode counts only for a file that is new
  await writeFile(keyFile, pair.privateKey, { mode: 0o600 });
}

const maxReads = 10; // far more than a Secret can change while a program starts

/** Both files as they are at one moment: a mounted Secret may be renewed between two reads. */
async function readPair(certFile: string, keyFile: string): Promise<CertificatePair> {
  let certificate = await read(certFile, 'certificate');
  for (let reads = 1; ; reads++) {
    const privateKey = await read(keyFile, 'private key');
    const still = await read(certFile, 'certificate');
    if (still === certificate || reads === maxReads) return { certificate, privateKey };
    certificate = still;
  }
}

async function read(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`cannot read the ${what} ${file}: ${messageOf(error)}`);
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CertificateError(`${file} holds no private key in PEM form without a password: ${messageOf(error)}`);
  }
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CertificateError(`${file} holds no certificate in PEM form ("-----BEGIN CERTIFICATE-----")`);
  }
}
