import type { Certificate } from './certificate.ts';
import { childrenOf, type DerValue, derTags, oidOf, readDer } from './der.ts';

/** The algorithms that Go accepts. RSA-PSS depends on its parameters. */
const accepted: readonly string[] = [
  ...['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'], // RSA with SHA-256, -384, -512
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'], // ECDSA with SHA-256, -384, -512
  '1.3.101.112', // Ed25519
];
const pss = '1.2.840.113549.1.1.10';
const mgf1 = '1.2.840.113549.1.1.8';
/** The hashes that Go accepts with RSA-PSS, and the salt length that it requires with each, in bytes. */
const saltLengths: Readonly<Record<string, number>> = {
  '2.16.840.1.101.3.4.2.1': 32,
  '2.16.840.1.101.3.4.2.2': 48,
  '2.16.840.1.101.3.4.2.3': 64,
};
const names: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
  '1.2.840.113549.1.1.14': 'SHA-224',
  '1.2.840.10045.4.3.1': 'SHA-224',
  [pss]: 'RSA-PSS and parameters that Go does not accept',
};

/**
 * Returns the signature algorithm of a certificate if a Go client does not accept it, for example `SHA-1`; undefined if it
 * does. See signatureAlgorithmDetails in https://go.dev/src/crypto/x509/x509.go
 */
export function refusedSignature({ signatureAlgorithm, signatureParameters }: Certificate): string | undefined {
  if (accepted.includes(signatureAlgorithm)) return undefined;
  if (signatureAlgorithm === pss && isAcceptedPss(signatureParameters[0])) return undefined;
  return names[signatureAlgorithm] ?? `the algorithm ${signatureAlgorithm}`;
}

/** Checks RSASSA-PSS-params, RFC 4055 section 3.1. Without parameters, the hash is SHA-1. */
function isAcceptedPss(parameters: DerValue | undefined): boolean {
  const fields = (parameters?.tag === derTags.sequence && readDer(parameters.content)) || [];
  const field = (number: number) => fields.find(({ tag }) => tag === 0xa0 + number)?.content;
  const [hash, mask] = [childrenOf(field(0)), childrenOf(field(1))];
  const hashOid = hash?.[0] && oidOf(hash[0].content);
  const maskOid = mask?.[0] && oidOf(mask[0].content);
  const maskHash = mask?.[1] && readDer(mask[1].content)?.[0];
  const salt = readDer(field(2) ?? new Uint8Array())?.[0]?.content;
  return (
    hashOid !== undefined &&
    maskOid === mgf1 &&
    maskHash !== undefined &&
    oidOf(maskHash.content) === hashOid &&
    salt?.length === 1 &&
    salt[0] === saltLengths[hashOid]
  );
}
