import forge from 'node-forge';
import type { PemPair } from '../support/pem-certificates.ts';

/** Returns the certificate with a change that neither Downlink nor openssl would make, signed by that CA. */
export function signedAgain(
  pair: PemPair,
  signer: PemPair,
  change: (certificate: forge.pki.Certificate) => void,
  digest: 'sha1' | 'sha256' = 'sha256',
): PemPair {
  const certificate = forge.pki.certificateFromPem(pair.certificate);
  certificate.setIssuer(forge.pki.certificateFromPem(signer.certificate).subject.attributes);
  change(certificate);
  certificate.sign(forge.pki.privateKeyFromPem(signer.privateKey), forge.md[digest].create());
  return { ...pair, certificate: forge.pki.certificateToPem(certificate) };
}
