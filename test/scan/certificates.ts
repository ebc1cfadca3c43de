import { signedAgain } from '../certificates/signed-again.ts';
import { issueAuthority, issueCertificate } from '../support/pem-certificates.ts';

/** Valid and invalid certificates, as PEM. */
export interface Issued {
  readonly authority: string;
  /** Issued by the authority for downlink.downlink.svc, with the same validity. */
  readonly serving: string;
  /** Issued by the authority for another name. */
  readonly otherName: string;
  /** An authority that expired a day ago. */
  readonly expired: string;
  /** Issued by the authority, expired a day ago. */
  readonly expiredServing: string;
  /** Issued by the authority, valid in three days. */
  readonly comingServing: string;
  /** Issued by the authority, for clients only. */
  readonly forClients: string;
  /** With only a common name, signed with SHA-1. */
  readonly old: string;
  /** A certificate, followed by its issuer, which the authority issued. */
  readonly chain: string;
  /** Issued by an unknown authority. */
  readonly strangers: string;
  readonly strangersAuthority: string;
}

/** Extensions of a CA that may have intermediate CAs, unlike Downlink's. */
const withIssuersBelow = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, critical: true },
];

/** Issues the certificates. `lifetime` is milliseconds. */
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
