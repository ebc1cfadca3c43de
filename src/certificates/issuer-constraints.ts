import type { Certificate } from './certificate.ts';
import { alternativeNames, extensionOf, extensionOids } from './certificate-extensions.ts';
import { childrenOf, type DerValue, derTags, readDer } from './der.ts';

/**
 * Reports what an issuer limits itself to, as Go holds it to that: clauses whose subject is the issuer. `below` is how many
 * issuers stand between it and the leaf. Name constraints are looked at for DNS names, which the API server calls.
 * https://go.dev/src/crypto/x509/verify.go
 */
export function constraintProblems(issuer: Certificate, leaf: Certificate, below: number): readonly string[] {
  const { dnsNames = [] } = alternativeNames(leaf) ?? {};
  const length = pathLength(issuer);
  const constraints = extensionOf(issuer, extensionOids.nameConstraints);
  const { permitted, excluded, isUnknown } = readNameConstraints(constraints?.value);
  const mayNot = dnsNames.filter(
    (name) =>
      excluded.some((domain) => isWithin(name, domain)) ||
      (permitted.length > 0 && !permitted.some((domain) => isWithin(name, domain))),
  );
  return [
    ...(length !== undefined && below > length ? [`may have ${length} issuers below it and has ${below}`] : []),
    ...(mayNot[0] !== undefined ? [`may not sign for ${mayNot[0]} by its name constraints`] : []),
    ...(isUnknown && constraints?.isCritical
      ? ['has critical name constraints that the API server does not know']
      : []),
  ];
}

/** The most issuers that may stand below it; undefined where that is open. */
function pathLength(issuer: Certificate): number | undefined {
  const constraints = childrenOf(extensionOf(issuer, extensionOids.basicConstraints)?.value);
  const length = constraints?.find(({ tag }) => tag === derTags.integer);
  return length?.content.reduce((value, byte) => value * 256 + byte, 0);
}

/** The DNS names of NameConstraints, RFC 5280 section 4.2.1.10, and whether it has a kind of name that Go does not know. */
function readNameConstraints(value: Uint8Array | undefined) {
  const subtrees = (tag: number): readonly DerValue[] => {
    const list = childrenOf(value)?.find((one) => one.tag === tag)?.content;
    return (readDer(list ?? new Uint8Array()) ?? []).flatMap(({ content }) => readDer(content)?.[0] ?? []);
  };
  const [permitted, excluded] = [subtrees(0xa0), subtrees(0xa1)];
  const [email, dnsName, uri, ipAddress] = [0x81, 0x82, 0x86, 0x87];
  const domains = (names: readonly DerValue[]) =>
    names.filter(({ tag }) => tag === dnsName).map(({ content }) => Buffer.from(content).toString('latin1'));
  return {
    permitted: domains(permitted),
    excluded: domains(excluded),
    isUnknown: [...permitted, ...excluded].some(({ tag }) => ![email, dnsName, uri, ipAddress].includes(tag)),
  };
}

/** Whether a name is the domain or below it; with a dot in front the domain itself is left out. */
function isWithin(name: string, domain: string): boolean {
  const [given, wanted] = [name.toLowerCase(), domain.toLowerCase()];
  if (wanted === '') return true;
  return given === wanted || given.endsWith(wanted.startsWith('.') ? wanted : `.${wanted}`);
}
