import type { Certificate } from './certificate.ts';
import { alternativeNames, extensionOf, extensionOids } from './certificate-extensions.ts';
import { childrenOf, type DerValue, derTags, readDer } from './der.ts';

/**
 * Reports the constraints of an issuer that Go would find violated, as clauses whose subject is the issuer. `below` is the
 * number of issuers between it and the leaf. Name constraints are checked for DNS names, which the API server calls.
 * https://go.dev/src/crypto/x509/verify.go
 */
export function constraintProblems(issuer: Certificate, leaf: Certificate, below: number): readonly string[] {
  const { dnsNames = [] } = alternativeNames(leaf) ?? {};
  const length = pathLength(issuer);
  const constraints = extensionOf(issuer, extensionOids.nameConstraints);
  const { permitted, excluded, isUnknown } = readNameConstraints(constraints?.value);
  const forbidden = dnsNames.filter(
    (name) =>
      excluded.some((domain) => isWithin(name, domain)) ||
      (permitted.length > 0 && !permitted.some((domain) => isWithin(name, domain))),
  );
  return [
    ...(length !== undefined && below > length ? [`allows ${length} issuers below it and has ${below}`] : []),
    ...(forbidden[0] !== undefined ? [`may not sign for ${forbidden[0]}, because of its name constraints`] : []),
    ...(isUnknown && constraints?.isCritical
      ? ['has critical name constraints that the API server does not support']
      : []),
  ];
}

/** Returns the maximum number of issuers below this one; undefined if there is no limit. */
function pathLength(issuer: Certificate): number | undefined {
  const constraints = childrenOf(extensionOf(issuer, extensionOids.basicConstraints)?.value);
  const length = constraints?.find(({ tag }) => tag === derTags.integer);
  return length?.content.reduce((value, byte) => value * 256 + byte, 0);
}

/** Returns the DNS names in NameConstraints, RFC 5280 section 4.2.1.10, and whether it has a type of name unknown to Go. */
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

/** Reports whether a name is in the domain. A leading dot excludes the domain itself. */
function isWithin(name: string, domain: string): boolean {
  const [host, parent] = [name.toLowerCase(), domain.toLowerCase()];
  if (parent === '') return true;
  return host === parent || host.endsWith(parent.startsWith('.') ? parent : `.${parent}`);
}
