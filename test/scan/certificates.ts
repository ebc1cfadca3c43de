import { issueAuthority, issueCertificate } from '../../src/certificates/issue.ts';

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
  /** Of an authority that nobody knows. */
  readonly strangers: string;
  readonly strangersAuthority: string;
}

/** Issues them; lifetime is milliseconds. */
export async function issue(now: Date, lifetime: number): Promise<Issued> {
  const day = 24 * 60 * 60 * 1000; // milliseconds
  const past = new Date(now.getTime() - 2 * day);
  const names = ['downlink.downlink.svc'];
  const authority = await issueAuthority('Downlink CA', now, lifetime);
  const stranger = await issueAuthority('somebody else', now, lifetime);
  const certificate = async (...args: Parameters<typeof issueCertificate>) =>
    (await issueCertificate(...args)).certificate;
  return {
    authority: authority.certificate,
    serving: await certificate(authority, names, now, lifetime),
    otherName: await certificate(authority, ['localhost'], now, lifetime),
    expired: (await issueAuthority('Downlink CA', past, day)).certificate,
    expiredServing: await certificate(authority, names, past, day),
    strangers: await certificate(stranger, names, now, lifetime),
    strangersAuthority: stranger.certificate,
  };
}
