import { generateKeyPair, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate and its private key, each as PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly privateKey: string;
}

const notBeforeMargin = 48 * 60 * 60 * 1000; // milliseconds back, for clocks that are a day apart
const rsaBits = 2048; // an ECDSA leaf measured no cheaper in handshakes, and node-forge signs with RSA only

/** A new CA that signs serving certificates, valid for that long. Lifetimes are milliseconds. */
export async function issueAuthority(commonName: string, now: Date, lifetime: number): Promise<CertificatePair> {
  const keys = await generateKeys();
  const certificate = newCertificate(keys.publicKey, commonName, now, lifetime);
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
): Promise<CertificatePair> {
  const keys = await generateKeys();
  const issuer = forge.pki.certificateFromPem(authority.certificate);
  // a common name is at most 64 characters long, X.520; the names that count are the alternative ones
  const certificate = newCertificate(keys.publicKey, (names[0] ?? 'downlink').slice(0, 64), now, lifetime);
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

/** When the certificate stops being valid. */
export function expiryOf(certificate: string): Date {
  return new X509Certificate(certificate).validToDate;
}

const generateRsa = promisify(generateKeyPair);

function generateKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return generateRsa('rsa', {
    modulusLength: rsaBits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function newCertificate(publicKey: string, commonName: string, now: Date, lifetime: number): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = randomSerial();
  certificate.validity.notBefore = new Date(now.getTime() - notBeforeMargin);
  certificate.validity.notAfter = new Date(now.getTime() + lifetime);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
}

function signed(certificate: forge.pki.Certificate, privateKey: string, signer: string): CertificatePair {
  certificate.sign(forge.pki.privateKeyFromPem(signer), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), privateKey };
}

/** 16 random bytes as a positive number, RFC 5280 section 4.1.2.2. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function alternativeName(name: string): { type: number; value?: string; ip?: string } {
  return isIP(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
