import { signedAgain } from '../certificates/signed-again.ts';
import { issueAuthority, issueCertificate } from '../support/pem-certificates.ts';

/** Certificates as PEM, good ones and bad ones. */
export interface Issued {
  readonly authority: string;
  /** Of the authority, for downlink.downlink.svc, valid as long. */
  readonly serving: string;
  /** Of the authority, for another name. */
  readonly otherName: string;
  /** An authority that has expired a day ago, and one of its certificates. */
  readonly expired: string;
  /** Of the authority, expired a day ago. */
  readonly expiredServing: string;
  /** Of the authority, valid from three days later on. */
  readonly comingServing: string;
  /** Of the authority, for clients alone. */
  readonly forClients: string;
  /** For the name by its common name alone, signed with SHA-1. */
  readonly old: string;
  /** Of an issuer that stands behind it, and that is of the authority. */
  readonly chain: string;
  /** Of an authority that nobody knows. */
  readonly strangers: string;
  readonly strangersAuthority: string;
}

/** Those of a CA; ours may have no issuers below it. */
const withIssuersBelow = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, critical: true },
];

/** Issues them; lifetime is milliseconds. */
export async function issue(now: Date, lifetime: number): Promise<Issued> {
  const day = 24 * 60 * 60 * 1000; // milliseconds
  const past = new Date(now.getTime() - 2 * day);
  const names = ['downlink.downlink.svc'];
  const narrow = await issueAuthority('Downlink CA', now, lifetime);
  const authority = signedAgain(narrow, narrow, (one) => one.setExtensions(withIssuersBelow));
  const stranger = await issueAuthority('somebody else', now, lifetime);
  const serving = await issueCertificate(authority, names, now, lifetime);
  const issuer = signedAgain(await issueAuthority('issuer', now, lifetime), authority, () => {});
  const certificate = async (...args: Parameters<typeof issueCertificate>) =>
    (await issueCertificate(...args)).certificate;
  return {
    authority: authority.certificate,
    serving: serving.certificate,
    otherName: await certificate(authority, ['localhost'], now, lifetime),
    expired: (await issueAuthority('Downlink CA', past, day)).certificate,
    expiredServing: await certificate(authority, names, past, day),
    comingServing: await certificate(authority, names, new Date(now.getTime() + 5 * day), lifetime),
    forClients: await certificate(authority, names, now, lifetime, 'clientAuth'),
    old: signedAgain(serving, authority, (one) => one.setExtensions([]), 'sha1').certificate,
    chain: (await issueCertificate(issuer, names, now, lifetime)).certificate + issuer.certificate,
    strangers: await certificate(stranger, names, now, lifetime),
    strangersAuthority: stranger.certificate,
  };
}
