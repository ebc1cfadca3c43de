import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import type forge from 'node-forge';
import { day } from '../time/duration.ts';
import { type Certificate, type CertificatePair, parseCertificates, type ServingPair } from './certificate.ts';

/** How far before the time of issue a certificate becomes valid. */
export const notBeforeMargin = 2 * day; // for clocks that are a day apart
const rsaBits = 2048; // P-256 would save a quarter of the CPU time of a new connection, but node-forge signs only with RSA
const maxCommonName = 64; // characters, X.520

/** The source of keys and serial numbers. Passed in, so that tests can simulate years of renewals. */
export interface Randomness {
  /** Returns a key pair as PEM: SPKI and PKCS #8. */
  readonly keys: () => Promise<{ readonly publicKey: string; readonly privateKey: string }>;
  /** Returns a positive serial number as hexadecimal digits, RFC 5280 section 4.1.2.2. */
  readonly serial: () => string;
}

/** RSA keys and serial numbers from the randomness of the operating system. */
export const systemRandomness: Randomness = { keys: generateKeys, serial: randomSerial };

export interface AuthorityRequest {
  readonly commonName: string;
  readonly now: Date;
  /** Milliseconds. */
  readonly lifetime: number;
  readonly randomness?: Randomness;
}

export interface CertificateRequest {
  /** DNS names or IP addresses. */
  readonly names: readonly string[];
  readonly now: Date;
  /** Milliseconds. */
  readonly lifetime: number;
  readonly purpose?: 'serverAuth' | 'clientAuth';
  readonly randomness?: Randomness;
}

/** Issues a CA certificate that can sign leaf certificates. */
export async function issueAuthority(request: AuthorityRequest): Promise<CertificatePair> {
  const { commonName, now, lifetime, randomness = systemRandomness } = request;
  const keys = await randomness.keys();
  const certificate = await newCertificate(keys.publicKey, randomness.serial(), { commonName, now, lifetime });
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return { certificate: await sign(certificate, keys.privateKey), privateKey: keys.privateKey };
}

/** Issues a leaf certificate that the authority signs. By default it is for a server. */
export async function issueCertificate(authority: CertificatePair, request: CertificateRequest): Promise<ServingPair> {
  const { names, now, lifetime, purpose = 'serverAuth', randomness = systemRandomness } = request;
  const keys = await randomness.keys();
  const { pki } = await loadForge();
  const issuer = pki.certificateFromPem(authority.certificate.pem);
  const commonName = (names[0] ?? 'downlink').slice(0, maxCommonName); // clients use the alternative names only
  const certificate = await newCertificate(keys.publicKey, randomness.serial(), { commonName, now, lifetime });
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', [purpose]: true },
    { name: 'subjectAltName', altNames: names.map(alternativeName) },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    { name: 'subjectKeyIdentifier' },
  ]);
  return {
    certificate: await sign(certificate, authority.privateKey),
    intermediates: [],
    privateKey: keys.privateKey,
  };
}

function generateKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: rsaBits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** Loads node-forge on first use: a server that issues no certificates starts 10% faster without it. */
async function loadForge(): Promise<typeof forge> {
  return (await import('node-forge')).default;
}

async function newCertificate(
  publicKey: string,
  serial: string,
  { commonName, now, lifetime }: AuthorityRequest,
): Promise<forge.pki.Certificate> {
  const { pki } = await loadForge();
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = serial;
  certificate.validity.notBefore = new Date(now.getTime() - notBeforeMargin);
  certificate.validity.notAfter = new Date(now.getTime() + lifetime);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
}

async function sign(certificate: forge.pki.Certificate, signingKey: string): Promise<Certificate> {
  const { pki, md } = await loadForge();
  certificate.sign(pki.privateKeyFromPem(signingKey), md.sha256.create());
  const [signed] = parseCertificates(pki.certificateToPem(certificate)) ?? [];
  if (signed === undefined) throw new Error('the issued certificate cannot be parsed');
  return signed;
}

/** Returns 16 random bytes. They start with the bits 01, so that the number is positive and always 16 bytes long. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function alternativeName(name: string): { type: number; value?: string; ip?: string } {
  return isIP(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
