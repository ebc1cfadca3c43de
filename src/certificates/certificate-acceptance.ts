import { isIP } from 'node:net';
import { listNames } from '../diagnostics/text.ts';
import type { Certificate } from './certificate.ts';
import { alternativeNames } from './certificate-extensions.ts';
import {
  type CertificateProblem,
  formProblems,
  keyProblems,
  signatureProblems,
  tlsCurves,
  usageProblems,
  validityProblems,
} from './certificate-problem.ts';
import { chainProblems } from './issuing-chain.ts';

/**
 * Reports every reason why a Go client refuses the first of these certificates, presented with the others as intermediates,
 * when it calls a server by each of the names (DNS names or IP addresses). Without names, any subject alternative name is
 * acceptable. Does not check whether a CA is trusted.
 *
 * Stricter than Go in one respect: Go does not check the signature of a certificate that is its own CA.
 * https://go.dev/src/crypto/x509/verify.go
 */
export function certificateProblems(
  certificates: readonly Certificate[],
  names: readonly string[],
  now: Date,
): readonly CertificateProblem[] {
  const [leaf] = certificates;
  if (leaf === undefined) return [];
  return [
    ...validityProblems(leaf, now),
    ...nameProblems(leaf, names),
    ...usageProblems(leaf),
    ...signatureProblems(leaf),
    ...keyProblems(leaf, tlsCurves),
    ...formProblems(leaf),
    ...chainProblems(certificates, now),
  ];
}

/** Returns why some API servers may refuse a certificate that Go accepts; undefined if none does. */
export function caution([leaf]: readonly Certificate[]): string | undefined {
  if (leaf?.x509.publicKey.asymmetricKeyType !== 'ed25519') return undefined;
  return 'has an Ed25519 key, which some managed API servers refuse; RSA and ECDSA on the curve P-256 are safe';
}

function nameProblems(leaf: Certificate, names: readonly string[]): readonly CertificateProblem[] {
  const { dnsNames = [], hasAddresses = false } = alternativeNames(leaf) ?? {};
  if (dnsNames.length === 0 && !hasAddresses) {
    const expectedName = names[0] ?? 'the name that the API server calls, for example downlink.downlink.svc';
    const problem = 'has no subject alternative name, and clients ignore the common name';
    return [{ kind: 'names', problem, remedy: `issue it for ${expectedName}` }];
  }
  const isCovered = (name: string) =>
    isIP(name) ? leaf.x509.checkIP(name) !== undefined : dnsNames.some((pattern) => covers(pattern, name));
  const shown = dnsNames.length === 0 ? 'IP addresses only' : listNames(dnsNames);
  return names
    .filter((name) => !isCovered(name))
    .map((name) => ({
      kind: 'names',
      problem: `is for ${shown}, and the API server calls ${name}`,
      remedy: `issue it with the subject alternative name ${name}`,
    }));
}

/** Reports whether a DNS name in a certificate covers the host, as in Go: `*` matches only the whole first label. */
function covers(pattern: string, host: string): boolean {
  const [wanted, offered] = [host.toLowerCase(), pattern.toLowerCase()];
  if (!/^(?:\*|[a-z0-9_][a-z0-9_-]*)(?:\.[a-z0-9_][a-z0-9_-]*)*$/.test(offered)) return offered === wanted;
  const [labels, expected] = [offered.split('.'), wanted.split('.')];
  return (
    labels.length === expected.length &&
    labels.every((label, index) => label === expected[index] || (index === 0 && label === '*'))
  );
}
