import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../diagnostics/text.ts';
import {
  type Certificate,
  formatCertificates,
  parseCertificates,
  presentedCertificates,
  type ServingPair,
} from './certificate.ts';
import { certificateProblems } from './certificate-acceptance.ts';

/** A certificate that cannot be used. The message names the file or flag to correct. */
export class CertificateError extends Error {
  override name = 'CertificateError';
}

const notPem = 'contains no certificate in PEM form ("-----BEGIN CERTIFICATE-----")';

/** The files of a serving certificate. */
export interface ServingFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** The names that the API server calls, for example `downlink.downlink.svc`; empty if they are unknown. */
  readonly names: readonly string[];
}

/** Reads a certificate and its key. Throws a CertificateError if they do not match or the API server refuses them now. */
export async function loadServingPair({ certFile, keyFile, names }: ServingFiles, now: Date): Promise<ServingPair> {
  const { text, privateKey } = await readConsistently(certFile, keyFile);
  const presented = parseCertificates(text);
  if (presented === undefined) throw new CertificateError(`${certFile} ${notPem}, or a damaged one`);
  const [certificate, ...intermediates] = presented;
  // checked here because TLS accepts a key of another algorithm and then fails in every handshake
  if (!certificate.x509.checkPrivateKey(parseKey(privateKey, keyFile))) {
    throw new CertificateError(
      `${keyFile} is not the private key of ${certFile}, or not of the first certificate in it`,
    );
  }
  // checked here because Node.js also serves certificates that the API server refuses
  const problems = certificateProblems(presented, names, now);
  if (problems.length > 0)
    throw new CertificateError(problems.map(({ problem, remedy }) => `${certFile} ${problem}: ${remedy}`).join('\n'));
  try {
    createSecureContext({ cert: formatCertificates(presented), key: privateKey });
  } catch (error) {
    throw new CertificateError(`${certFile} cannot be served: ${messageOf(error)}${hintFor(error)}`);
  }
  return { certificate, intermediates, privateKey };
}

function hintFor(error: unknown): string {
  const isShort = error instanceof Error && 'code' in error && error.code === 'ERR_SSL_EE_KEY_TOO_SMALL';
  return isShort ? '; use an RSA key of 2048 bits, or an ECDSA key on the curve P-256' : '';
}

/** Reads the CA that must have signed client certificates. Returns PEM. */
export async function loadClientAuthority(file: string): Promise<string> {
  const text = await read(file, 'CA certificate');
  try {
    new X509Certificate(text);
  } catch {
    throw new CertificateError(`${file} ${notPem}`);
  }
  return text;
}

/** Writes ca.crt, tls.crt, and tls.key, which only its owner can read. Replaces existing files. */
export async function writeCertificates(folder: string, authority: Certificate, pair: ServingPair): Promise<void> {
  await writeFile(join(folder, 'ca.crt'), authority.pem);
  await writeFile(join(folder, 'tls.crt'), formatCertificates(presentedCertificates(pair)));
  const keyFile = join(folder, 'tls.key');
  await rm(keyFile, { force: true }); // the mode applies only to a new file
  await writeFile(keyFile, pair.privateKey, { mode: 0o600 });
}

const maxReads = 10; // far more often than a Secret can change while a program starts

/** Reads both files in a consistent state: a mounted Secret may be updated between two reads. */
async function readConsistently(certFile: string, keyFile: string): Promise<{ text: string; privateKey: string }> {
  let text = await read(certFile, 'certificate');
  for (let reads = 1; ; reads++) {
    const privateKey = await read(keyFile, 'private key');
    const reread = await read(certFile, 'certificate');
    if (reread === text || reads === maxReads) return { text, privateKey };
    text = reread;
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
    throw new CertificateError(`${file} contains no unencrypted private key in PEM form: ${messageOf(error)}`);
  }
}
