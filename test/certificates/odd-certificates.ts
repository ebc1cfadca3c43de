import type { CertificateProblem } from '../../src/certificates/certificate-problem.ts';
import { issueAuthority, issueCertificate, type PemPair } from '../support/pem-certificates.ts';
import { type CertificateRequest, issueByOpenssl } from './openssl.ts';
import { signedAgain } from './signed-again.ts';

/** A certificate that somebody may put into the files, and the expected problems. */
export interface OddCertificate {
  readonly name: string;
  /** The certificate, perhaps followed by its issuers, and its key. */
  readonly pair: PemPair;
  /** PEM. */
  readonly caBundle: string;
  /** The expected problems; empty for a good certificate. */
  readonly problems: readonly CertificateProblem['kind'][];
  /** If Go accepts it: why Downlink does not. */
  readonly stricter?: string;
  /** Whether the problem is in caBundle, which a server does not know. */
  readonly isUntrusted?: boolean;
}

/** The name that the API server calls. */
export const host = 'downlink.downlink.svc';

const day = 24 * 60 * 60 * 1000; // milliseconds
const names = `subjectAltName=DNS:${host}`;
const asAuthority = ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign'];
const curve = (name: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${name}`];
const rsaOf = (bits: number) => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];
const pss = (...options: readonly string[]) => ['rsa_padding_mode:pss', ...options].flatMap((one) => ['-sigopt', one]);

const exponent = (value: string) => ['-pkeyopt', `rsa_keygen_pubexp:${value}`];
const onlyFor = (domain: string) => [...asAuthority, `nameConstraints=critical,permitted;DNS:${domain}`];
const over = (issuers: number) => [
  `basicConstraints=critical,CA:true,pathlen:${issuers}`,
  'keyUsage=critical,keyCertSign',
];

/** Returns an extension that openssl would not write: names, each as a context-specific tag and its bytes. */
function alternativeNamesOf(...parts: readonly (readonly [tag: number, bytes: Buffer])[]): string {
  const content = Buffer.concat(parts.map(([tag, bytes]) => Buffer.from([tag, bytes.length, ...bytes])));
  return `subjectAltName=DER:${Buffer.from([0x30, content.length, ...content]).toString('hex')}`;
}

type Row = CertificateRequest & {
  readonly name: string;
  readonly problems?: OddCertificate['problems'];
  readonly stricter?: string;
};

/** Leaf certificates that one good CA signs. */
const leaves: readonly Row[] = [
  { name: 'a good one', extensions: [names] },
  { name: 'one with serverAuth', extensions: [names, 'extendedKeyUsage=serverAuth'] },
  { name: 'one for any usage', extensions: [names, 'extendedKeyUsage=anyExtendedKeyUsage'] },
  { name: 'one for clients and servers', extensions: [names, 'extendedKeyUsage=clientAuth,serverAuth'] },
  { name: 'one for clients', extensions: [names, 'extendedKeyUsage=clientAuth'], problems: ['purpose'] },
  { name: 'one for a usage of its own', extensions: [names, 'extendedKeyUsage=1.2.3.4'], problems: ['purpose'] },
  { name: 'one with a common name alone', commonName: host, problems: ['names'] },
  {
    name: 'one with an e-mail address for a name',
    commonName: host,
    extensions: ['subjectAltName=email:a@example.com'],
    problems: ['names'],
  },
  { name: 'one for another name', extensions: ['subjectAltName=DNS:downlink.default.svc'], problems: ['names'] },
  { name: 'one for the short name', extensions: ['subjectAltName=DNS:downlink.downlink'], problems: ['names'] },
  { name: 'one for an IP address', extensions: ['subjectAltName=IP:10.0.0.1'], problems: ['names'] },
  { name: 'one for the name among others', extensions: [`subjectAltName=IP:10.0.0.1,DNS:a.example.com,DNS:${host}`] },
  { name: 'one for the name in capitals', extensions: ['subjectAltName=DNS:Downlink.DOWNLINK.svc'] },
  { name: 'one with a wildcard', extensions: ['subjectAltName=DNS:*.downlink.svc'] },
  { name: 'one with a wildcard for two labels', extensions: ['subjectAltName=DNS:*.svc'], problems: ['names'] },
  {
    name: 'one with a wildcard within a label',
    extensions: ['subjectAltName=DNS:down*.downlink.svc'],
    problems: ['names'],
  },
  { name: 'one with a wildcard behind', extensions: ['subjectAltName=DNS:downlink.*.svc'], problems: ['names'] },
  { name: 'one for the name with a dot behind', extensions: [`subjectAltName=DNS:${host}.`], problems: ['names'] },
  { name: 'one that is signed with SHA-1', extensions: [names], flags: ['-sha1'], problems: ['signature'] },
  { name: 'one that is signed with MD5', extensions: [names], flags: ['-md5'], problems: ['signature'] },
  { name: 'one that is signed with SHA-224', extensions: [names], flags: ['-sha224'], problems: ['signature'] },
  { name: 'one that is signed with SHA-384', extensions: [names], flags: ['-sha384'] },
  {
    name: 'one that is signed with RSA-PSS',
    extensions: [names],
    flags: pss('rsa_pss_saltlen:-1'),
  },
  {
    name: 'one that is signed with RSA-PSS and SHA-1',
    extensions: [names],
    flags: ['-sha1', ...pss('rsa_pss_saltlen:-1')],
    problems: ['signature'],
  },
  {
    name: 'one that is signed with RSA-PSS and a short salt',
    extensions: [names],
    flags: pss('rsa_pss_saltlen:20'),
    problems: ['signature'],
  },
  { name: 'one with an RSA key of 512 bits', extensions: [names], key: rsaOf(512), problems: ['key'] },
  { name: 'one with an RSA key of 1024 bits', extensions: [names], key: rsaOf(1024) },
  { name: 'one with a key on P-256', extensions: [names], key: curve('P-256') },
  { name: 'one with a key on P-521', extensions: [names], key: curve('P-521') },
  { name: 'one with a key on P-224', extensions: [names], key: curve('P-224'), problems: ['key'] },
  { name: 'one with a key on secp256k1', extensions: [names], key: curve('secp256k1'), problems: ['key'] },
  { name: 'one with an Ed25519 key', extensions: [names], key: ['-algorithm', 'ed25519'] },
  { name: 'one with an Ed448 key', extensions: [names], key: ['-algorithm', 'ed448'], problems: ['key'] },
  {
    name: 'one with a key for RSA-PSS alone',
    extensions: [names],
    key: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
    problems: ['key'],
  },
  { name: 'one with a negative serial number', extensions: [names], flags: ['-set_serial', '-5'], problems: ['form'] },
  {
    name: 'one with a critical extension of its own',
    extensions: [names, '1.2.3.4=critical,ASN1:NULL'],
    problems: ['form'],
  },
  { name: 'one with an extension of its own', extensions: [names, '1.2.3.4=ASN1:NULL'] },
  { name: 'one with a small public exponent', extensions: [names], key: [...rsaOf(2048), ...exponent('3')] },
  {
    name: 'one with a large public exponent',
    extensions: [names],
    key: [...rsaOf(2048), ...exponent('4294967297')],
    problems: ['key'],
  },
  {
    name: 'one with a key on P-256 that is written out',
    extensions: [names],
    key: [...curve('P-256'), '-pkeyopt', 'ec_param_enc:explicit'],
    problems: ['key'],
  },
  {
    name: 'one with an IP address of five bytes',
    extensions: [alternativeNamesOf([0x82, Buffer.from(host)], [0x87, Buffer.alloc(5)])],
    problems: ['form'],
  },
  {
    name: 'one with a DNS name that is not ASCII',
    extensions: [alternativeNamesOf([0x82, Buffer.from(host)], [0x82, Buffer.from([0xe4])])],
    problems: ['form'],
  },
  { name: 'one that is a CA itself', extensions: [names, 'basicConstraints=critical,CA:true'] },
];

const selfSigned: readonly Row[] = [
  { name: 'a self-signed one', extensions: [names, 'basicConstraints=critical,CA:false'] },
  {
    name: 'a self-signed one with a common name alone',
    commonName: host,
    extensions: ['basicConstraints=critical,CA:false'],
    problems: ['names'],
  },
  { name: 'a self-signed one for clients', extensions: [names, 'extendedKeyUsage=clientAuth'], problems: ['purpose'] },
  {
    name: 'a self-signed one with SHA-1',
    extensions: [names],
    flags: ['-sha1'],
    problems: ['signature'],
    stricter: 'Go does not look at the signature of a certificate that is in caBundle itself',
  },
];

/** Issuers that are presented with a good leaf, and that the CA in caBundle signs. */
const issuers: readonly Row[] = [
  { name: 'a good issuer', extensions: asAuthority },
  { name: 'an issuer that is signed with SHA-1', extensions: asAuthority, flags: ['-sha1'], problems: ['signature'] },
  { name: 'an issuer that is no CA', extensions: ['basicConstraints=critical,CA:false'], problems: ['issuer'] },
  { name: 'an issuer that says nothing of being a CA', problems: ['issuer'] },
  {
    name: 'an issuer that may not sign certificates',
    extensions: ['basicConstraints=critical,CA:true', 'keyUsage=critical,cRLSign'],
    problems: ['issuer'],
  },
  {
    name: 'an issuer for clients',
    extensions: [...asAuthority, 'extendedKeyUsage=clientAuth'],
    problems: ['purpose'],
  },
  { name: 'an issuer with a short key', extensions: asAuthority, key: rsaOf(768), problems: ['key'] },
  {
    name: 'an issuer with a large public exponent',
    extensions: asAuthority,
    key: [...rsaOf(2048), ...exponent('4294967297')],
    problems: ['key'],
  },
  { name: 'an issuer with nobody below it', extensions: over(0) },
  { name: 'an issuer for the domain', extensions: onlyFor('downlink.svc') },
  { name: 'an issuer for another domain', extensions: onlyFor('other.svc'), problems: ['issuer'] },
  { name: 'an issuer for a domain that ends alike', extensions: onlyFor('nlink.svc'), problems: ['issuer'] },
  {
    name: 'an issuer for all but the domain',
    extensions: [...asAuthority, 'nameConstraints=excluded;DNS:svc'],
    problems: ['issuer'],
  },
  {
    name: 'an issuer for some addresses',
    extensions: [...asAuthority, 'nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0'],
  },
  {
    name: 'an issuer with constraints of a rare kind',
    extensions: [...asAuthority, 'nameConstraints=critical,permitted;RID:1.2.3'],
    problems: ['issuer'],
  },
  { name: 'an issuer on P-224', extensions: asAuthority, key: curve('P-224') },
];

/** CAs in caBundle, each with a good leaf. */
const authorities: readonly (Row & { readonly isUntrusted?: boolean })[] = [
  { name: 'an authority that is signed with SHA-1', extensions: asAuthority, flags: ['-sha1'] },
  { name: 'an authority that is no CA', extensions: ['basicConstraints=CA:false'], isUntrusted: true },
  { name: 'an authority with nobody below it', extensions: over(0) },
  { name: 'an authority for the domain', extensions: onlyFor('svc') },
  { name: 'an authority for another domain', extensions: onlyFor('example.com'), isUntrusted: true },
  { name: 'an authority for clients', extensions: [...asAuthority, 'extendedKeyUsage=clientAuth'], isUntrusted: true },
];

/** Issues all certificates. */
export async function oddCertificates(): Promise<readonly OddCertificate[]> {
  const root = await issueByOpenssl({ commonName: 'root', extensions: asAuthority });
  const caBundle = root.certificate;
  const rows = await Promise.all([
    ...leaves.map(async ({ name, problems = [], ...request }): Promise<OddCertificate> => {
      return { name, pair: await issueByOpenssl({ ...request, issuer: root }), caBundle, problems };
    }),
    ...selfSigned.map(async ({ name, problems = [], stricter, ...request }): Promise<OddCertificate> => {
      const pair = await issueByOpenssl(request);
      return { name, pair, caBundle: pair.certificate, problems, ...(stricter !== undefined && { stricter }) };
    }),
    ...issuers.map(async ({ name, problems = [], ...request }): Promise<OddCertificate> => {
      const issuer = await issueByOpenssl({ commonName: 'issuer', ...request, issuer: root });
      const leaf = await issueByOpenssl({ extensions: [names], issuer });
      return { name, pair: withChain(leaf, issuer.certificate), caBundle, problems };
    }),
    ...authorities.map(async ({ name, isUntrusted = false, ...request }): Promise<OddCertificate> => {
      const authority = await issueByOpenssl({ commonName: 'authority', ...request });
      const pair = await issueByOpenssl({ extensions: [names], issuer: authority });
      return { name, pair, caBundle: authority.certificate, problems: [], isUntrusted };
    }),
  ]);
  return [...rows, ...(await issuedAtOtherTimes()), ...(await otherChains(root)), ...(await madeByForge(root))];
}

async function issuedAtOtherTimes(): Promise<readonly OddCertificate[]> {
  const now = new Date();
  const daysFromNow = (days: number) => new Date(now.getTime() + days * day);
  const root = await issueAuthority('root', now, 10 * day);
  const caBundle = root.certificate;
  const leafAt = (authority: PemPair, days: number) => issueCertificate(authority, [host], daysFromNow(days), day);
  const row = async (name: string, days: number, problems: OddCertificate['problems']): Promise<OddCertificate> => ({
    name,
    pair: await leafAt(root, days),
    caBundle,
    problems,
  });
  const expired = await issueAuthority('expired', daysFromNow(-3), day);
  const coming = await issueAuthority('coming', daysFromNow(5), day);
  return [
    await row('one that has expired', -3, ['expired']),
    await row('one that is not valid yet', 5, ['not-yet-valid']),
    {
      name: 'one of an authority that has expired',
      pair: await leafAt(expired, 0),
      caBundle: expired.certificate,
      problems: [],
      isUntrusted: true,
    },
    {
      name: 'one of an authority that is not valid yet',
      pair: await leafAt(coming, 0),
      caBundle: coming.certificate,
      problems: [],
      isUntrusted: true,
    },
  ];
}

async function otherChains(root: PemPair): Promise<readonly OddCertificate[]> {
  const strange = await issueByOpenssl({ commonName: 'stranger', extensions: asAuthority });
  const outer = await issueByOpenssl({ commonName: 'outer', extensions: asAuthority, issuer: root });
  const inner = await issueByOpenssl({ commonName: 'inner', extensions: asAuthority, issuer: outer });
  const weak = await issueByOpenssl({ commonName: 'weak', extensions: asAuthority, flags: ['-sha1'] });
  const narrow = await issueByOpenssl({ commonName: 'narrow', extensions: over(0), issuer: root });
  const below = await issueByOpenssl({ commonName: 'below', extensions: asAuthority, issuer: narrow });
  const alone = await issueByOpenssl({ commonName: 'alone', extensions: over(0) });
  const second = await issueByOpenssl({ commonName: 'second', extensions: asAuthority, issuer: alone });
  const leaf = (issuer: PemPair) => issueByOpenssl({ extensions: [names], issuer });
  const caBundle = root.certificate;
  return [
    { name: 'one of a stranger', pair: await leaf(strange), caBundle, problems: [], isUntrusted: true },
    {
      name: 'one behind two issuers',
      pair: withChain(await leaf(inner), inner.certificate, outer.certificate),
      caBundle,
      problems: [],
    },
    {
      name: 'one behind two issuers in the wrong order',
      pair: withChain(await leaf(inner), outer.certificate, inner.certificate),
      caBundle,
      problems: [],
    },
    {
      name: 'one behind two issuers where there may be one',
      pair: withChain(await leaf(below), below.certificate, narrow.certificate),
      caBundle,
      problems: ['issuer'],
    },
    {
      name: 'one behind an issuer of an authority that may have none',
      pair: withChain(await leaf(second), second.certificate),
      caBundle: alone.certificate,
      problems: [],
      isUntrusted: true,
    },
    { name: 'one whose issuer is not served', pair: await leaf(outer), caBundle, problems: [], isUntrusted: true },
    { name: 'one whose issuer is in caBundle', pair: await leaf(outer), caBundle: outer.certificate, problems: [] },
    {
      name: 'one with a stranger behind it',
      pair: withChain(await leaf(root), weak.certificate),
      caBundle,
      problems: [],
    },
    {
      name: 'one with its root behind it',
      pair: withChain(await leaf(weak), weak.certificate),
      caBundle: weak.certificate,
      problems: [],
    },
  ];
}

/** Certificates that openssl issues with a careless configuration, or issued in older versions. */
async function madeByForge(root: PemPair): Promise<readonly OddCertificate[]> {
  const leaf = await issueByOpenssl({ extensions: [names], issuer: root });
  const twice = { name: 'basicConstraints', cA: false };
  const extensions = [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }, twice, twice];
  const withExtensionTwice = signedAgain(leaf, root, (certificate) => certificate.setExtensions(extensions));
  const printable = { name: 'commonName', value: 'down_link', valueTagClass: 19 as never };
  const withOddName = signedAgain(leaf, root, (certificate) => certificate.setSubject([printable]));
  const authority = signedAgain(root, root, (certificate) => {
    certificate.setExtensions([]);
    certificate.version = 0;
  });
  return [
    { name: 'one with an extension twice', pair: withExtensionTwice, caBundle: root.certificate, problems: ['form'] },
    { name: 'one with an odd subject', pair: withOddName, caBundle: root.certificate, problems: ['form'] },
    { name: 'one of an authority of version 1', pair: leaf, caBundle: authority.certificate, problems: [] },
  ];
}

function withChain(leaf: PemPair, ...issuing: readonly string[]): PemPair {
  return { certificate: [leaf.certificate, ...issuing].join(''), privateKey: leaf.privateKey };
}
