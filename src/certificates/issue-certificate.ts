import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import type forge from 'node-forge';

/** A certificate and its private key, each as PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** How far notBefore lies back. */
export const notBeforeMargin = 48 * 60 * 60 * 1000; // milliseconds back, for clocks that are a day apart
const rsaBits = 2048; // an ECDSA leaf measured no cheaper in handshakes, and node-forge signs with RSA only

/** Where keys and serial numbers come from. Passed in, so that years of renewals can be tested in a moment. */
export interface Randomness {
  /** A key pair as PEM: SPKI and PKCS #8. */
  readonly keys: () => Promise<{ readonly publicKey: string; readonly privateKey: string }>;
  /** A serial number as hexadecimal digits, positive, RFC 5280 section 4.1.2.2. */
  readonly serial: () => string;
}

/** RSA keys and serials of the operating system's randomness. */
export const systemRandomness: Randomness = { keys: generateKeys, serial: randomSerial };

/** A new CA that signs serving certificates, valid for that long. Lifetimes are milliseconds. */
export async function issueAuthority(
  commonName: string,
  now: Date,
  lifetime: number,
  randomness: Randomness = systemRandomness,
): Promise<CertificatePair> {
  const keys = await randomness.keys();
  const certificate = await newCertificate(keys.publicKey, randomness.serial(), commonName, now, lifetime);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return signed(certificate, keys.privateKey, keys.privateKey);
}

/** A new certificate for the names (DNS names or IP addresses), signed by the authority; by default to serve with. */
export async function issueCertificate(
  authority: CertificatePair,
  names: readonly string[],
  now: Date,
  lifetime: number,
  purpose: 'serverAuth' | 'clientAuth' = 'serverAuth',
  randomness: Randomness = systemRandomness,
): Promise<CertificatePair> {
  const keys = await randomness.keys();
  const { pki } = await loadForge();
  const issuer = pki.certificateFromPem(authority.certificate);
  // a common name is at most 64 characters long, X.520; the names that count are the alternative ones
  const certificate = await newCertificate(
    keys.publicKey,
    randomness.serial(),
    (names[0] ?? 'downlink').slice(0, 64),
    now,
    lifetime,
  );
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', [purpose]: true },
    { name: 'subjectAltName', altNames: names.map(alternativeName) },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    { name: 'subjectKeyIdentifier' },
  ]);
  return signed(certificate, keys.privateKey, authority.privateKey);
}

/** What `clientConfig.caBundle` holds: the PEM in base64. */
export function caBundle(certificate: string): string {
  return Buffer.from(certificate).toString('base64');
}

function generateKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: rsaBits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** Loaded when a certificate is made for the first time: a server that is given one starts a tenth sooner without. */
async function loadForge(): Promise<typeof forge> {
  return (await import('node-forge')).default;
}

async function newCertificate(
  publicKey: string,
  serial: string,
  commonName: string,
  now: Date,
  lifetime: number,
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

async function signed(
  certificate: forge.pki.Certificate,
  privateKey: string,
  signer: string,
): Promise<CertificatePair> {
  const { pki, md } = await loadForge();
  certificate.sign(pki.privateKeyFromPem(signer), md.sha256.create());
  return { certificate: pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), privateKey };
}

/** 16 random bytes, the first bit 0 and the second 1: positive, and always 16 bytes long. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function alternativeName(name: string): { type: number; value?: string; ip?: string } {
  return isIP(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
