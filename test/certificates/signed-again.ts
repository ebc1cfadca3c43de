import forge from 'node-forge';
import type { CertificatePair } from '../../src/certificates/issue-certificate.ts';

/** The certificate with a change that neither we nor openssl would make, signed by that CA. */
export function signedAgain(
  pair: CertificatePair,
  signer: CertificatePair,
  change: (certificate: forge.pki.Certificate) => void,
  digest: 'sha1' | 'sha256' = 'sha256',
): CertificatePair {
  const certificate = forge.pki.certificateFromPem(pair.certificate);
  certificate.setIssuer(forge.pki.certificateFromPem(signer.certificate).subject.attributes);
  change(certificate);
  certificate.sign(forge.pki.privateKeyFromPem(signer.privateKey), forge.md[digest].create());
  return { ...pair, certificate: forge.pki.certificateToPem(certificate) };
}
