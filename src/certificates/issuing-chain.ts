import { quote } from '../diagnostics/text.ts';
import type { Certificate } from './certificate.ts';
import { isAuthority } from './certificate-extensions.ts';
import {
  type CertificateProblem,
  formProblems,
  keyProblems,
  signatureProblems,
  tlsCurves,
  usageProblems,
  validityProblems,
} from './certificate-problem.ts';
import { constraintProblems } from './issuer-constraints.ts';

const maxIntermediates = 10; // the rest of a file is ignored; real chains have two or three

/** Reports whether a client that trusts these CAs can verify the first certificate, with the others as intermediates. */
export function isTrustedChain(
  [leaf, ...others]: readonly Certificate[],
  authorities: readonly Certificate[],
  now: Date,
): boolean {
  const isTrusted = ({ x509 }: Certificate) => authorities.some((authority) => authority.x509.raw.equals(x509.raw));
  if (leaf === undefined) return false;
  const isIssued = (certificate: Certificate, intermediates: readonly Certificate[], below: number): boolean => {
    const isGood = (problems: readonly CertificateProblem[], issuer: Certificate) =>
      problems.length === 0 && constraintProblems(issuer, leaf, below).length === 0;
    return (
      authorities.some(
        (authority) => hasIssued(authority, certificate) && isGood(anchorProblems(authority, now), authority),
      ) ||
      intermediates.some((issuer) => {
        if (!hasIssued(issuer, certificate) || !isGood(issuerProblems(issuer, now), issuer)) return false;
        return isIssued(issuer, without(intermediates, issuer), below + 1);
      })
    );
  };
  return isTrusted(leaf) || isIssued(leaf, others.slice(0, maxIntermediates), 0);
}

/**
 * Reports the problems of the intermediates that are presented with a certificate, on the path with the fewest problems. The
 * issuer of the last one must be in caBundle, which is not checked here.
 */
export function chainProblems(
  [certificate, ...others]: readonly Certificate[],
  now: Date,
): readonly CertificateProblem[] {
  if (certificate === undefined) return [];
  return bestPath([certificate], others.slice(0, maxIntermediates), now);
}

/** Returns the problems of the issuers above a path that starts at the leaf. */
function bestPath(
  path: readonly [leaf: Certificate, ...issuers: Certificate[]],
  others: readonly Certificate[],
  now: Date,
): readonly CertificateProblem[] {
  const certificate = path.at(-1) ?? path[0];
  if (hasIssued(certificate, certificate)) return [];
  const paths = others
    .filter((issuer) => hasIssued(issuer, certificate))
    .map((issuer) => {
      if (hasIssued(issuer, issuer)) return []; // a root counts only if it is in caBundle, and is then not checked here
      const constraints = constraintProblems(issuer, path[0], path.length - 1).map(
        (problem): CertificateProblem => ({ kind: 'issuer', problem, remedy: 'have it issued by another CA' }),
      );
      const problems = [...issuerProblems(issuer, now), ...constraints].map((one) => ofIssuer(issuer, one));
      return [...problems, ...bestPath([...path, issuer], without(others, issuer), now)];
    });
  return paths.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

/** Reports why a client does not accept an intermediate as an issuer. */
function issuerProblems(issuer: Certificate, now: Date): readonly CertificateProblem[] {
  return [...signatureProblems(issuer), ...authorityProblems(issuer, isAuthority(issuer), now)];
}

/** Reports why a client does not accept a CA in caBundle. Its own signature does not matter, and it may be of version 1. */
export function anchorProblems(anchor: Certificate, now: Date): readonly CertificateProblem[] {
  return authorityProblems(anchor, isAuthority(anchor) || anchor.isVersion1, now);
}

function authorityProblems(issuer: Certificate, maySign: boolean, now: Date): readonly CertificateProblem[] {
  const notAuthority = {
    kind: 'issuer',
    problem: 'may not sign certificates',
    remedy: 'have it issued by a CA',
  } as const;
  return [
    ...(maySign ? [] : [notAuthority]),
    ...validityProblems(issuer, now),
    ...usageProblems(issuer),
    ...keyProblems(issuer, ['secp224r1', ...tlsCurves]),
    ...formProblems(issuer),
  ];
}

function ofIssuer({ x509 }: Certificate, { kind, problem, remedy }: CertificateProblem): CertificateProblem {
  const subject = quote(x509.subject.replaceAll('\n', ', '));
  return { kind, problem: `is presented with the issuer ${subject}, which ${problem}`, remedy };
}

function without(certificates: readonly Certificate[], one: Certificate): readonly Certificate[] {
  return certificates.filter((certificate) => certificate !== one);
}

/** Reports whether the first certificate signed the second. A certificate that signed itself is a root. */
function hasIssued({ x509: issuer }: Certificate, { x509: certificate }: Certificate): boolean {
  try {
    return issuer.subject === certificate.issuer && certificate.verify(issuer.publicKey);
  } catch {
    return false; // OpenSSL does not support the key
  }
}
