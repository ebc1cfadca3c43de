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

const longestChain = 10; // certificates of a file that are looked at; real chains have two or three

/** Reports whether one of the authorities vouches for the first of the certificates, by way of the others or without. */
export function isVouchedFor(
  [leaf, ...others]: readonly Certificate[],
  authorities: readonly Certificate[],
  now: Date,
): boolean {
  const isTrusted = ({ x509 }: Certificate) => authorities.some((authority) => authority.x509.raw.equals(x509.raw));
  if (leaf === undefined) return false;
  const reaches = (certificate: Certificate, between: readonly Certificate[], below: number): boolean => {
    const isFine = (problems: readonly CertificateProblem[], issuer: Certificate) =>
      problems.length === 0 && constraintProblems(issuer, leaf, below).length === 0;
    return (
      authorities.some(
        (authority) => hasIssued(authority, certificate) && isFine(anchorProblems(authority, now), authority),
      ) ||
      between.some((issuer) => {
        if (!hasIssued(issuer, certificate) || !isFine(issuerProblems(issuer, now), issuer)) return false;
        return reaches(issuer, without(between, issuer), below + 1);
      })
    );
  };
  return isTrusted(leaf) || reaches(leaf, others.slice(0, longestChain), 0);
}

/**
 * Reports what is wrong with the issuers that are served behind a certificate, on the best way through them; the last
 * one's own issuer is left to caBundle.
 */
export function chainProblems(
  [certificate, ...others]: readonly Certificate[],
  now: Date,
): readonly CertificateProblem[] {
  if (certificate === undefined) return [];
  return bestWay([certificate], others.slice(0, longestChain), now);
}

/** The problems of what may stand above a way that begins at the leaf. */
function bestWay(
  way: readonly [leaf: Certificate, ...issuers: Certificate[]],
  others: readonly Certificate[],
  now: Date,
): readonly CertificateProblem[] {
  const certificate = way.at(-1) ?? way[0];
  if (hasIssued(certificate, certificate)) return [];
  const ways = others
    .filter((issuer) => hasIssued(issuer, certificate))
    .map((issuer) => {
      if (hasIssued(issuer, issuer)) return []; // it counts only where it is in caBundle, and is not looked at then
      const constraints = constraintProblems(issuer, way[0], way.length - 1).map(
        (problem): CertificateProblem => ({ kind: 'issuer', problem, right: 'have it issued by another CA' }),
      );
      const problems = [...issuerProblems(issuer, now), ...constraints].map((one) => ofIssuer(issuer, one));
      return [...problems, ...bestWay([...way, issuer], without(others, issuer), now)];
    });
  return ways.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

/** What keeps a certificate that is served along from vouching for others. */
function issuerProblems(issuer: Certificate, now: Date): readonly CertificateProblem[] {
  return [...signatureProblems(issuer), ...authorityProblems(issuer, isAuthority(issuer), now)];
}

/** Reports the same of one in caBundle: its own signature does not count, and it may be of version 1. */
export function anchorProblems(anchor: Certificate, now: Date): readonly CertificateProblem[] {
  return authorityProblems(anchor, isAuthority(anchor) || anchor.isVersion1, now);
}

function authorityProblems(issuer: Certificate, maySign: boolean, now: Date): readonly CertificateProblem[] {
  const noAuthority = {
    kind: 'issuer',
    problem: 'may not sign certificates',
    right: 'have it issued by a CA',
  } as const;
  return [
    ...(maySign ? [] : [noAuthority]),
    ...validityProblems(issuer, now),
    ...usageProblems(issuer),
    ...keyProblems(issuer, ['secp224r1', ...tlsCurves]),
    ...formProblems(issuer),
  ];
}

function ofIssuer({ x509 }: Certificate, { kind, problem, right }: CertificateProblem): CertificateProblem {
  const subject = quote(x509.subject.replaceAll('\n', ', '));
  return { kind, problem: `comes with its issuer ${subject}, which ${problem}`, right };
}

function without(certificates: readonly Certificate[], one: Certificate): readonly Certificate[] {
  return certificates.filter((certificate) => certificate !== one);
}

/** Whether the first signed the second; a certificate that issued itself is a root. */
function hasIssued({ x509: issuer }: Certificate, { x509: certificate }: Certificate): boolean {
  try {
    return issuer.subject === certificate.issuer && certificate.verify(issuer.publicKey);
  } catch {
    return false; // a key that OpenSSL does not know
  }
}
