import { X509Certificate } from 'node:crypto';
import { day } from '../time/duration.ts';
import { readCertificates } from './certificate.ts';
import { certificateProblems } from './certificate-acceptance.ts';
import { type CertificateState, issuerOf } from './certificate-state.ts';
import { issueAuthority, issueCertificate, notBeforeMargin, type Randomness } from './issue-certificate.ts';
import { anchorProblems } from './issuing-chain.ts';

/** How long certificates live. All milliseconds. */
export interface RenewalPolicy {
  readonly authorityLifetime: number;
  readonly servingLifetime: number;
  /** How long a new CA is in caBundle before a certificate of it is served: every API server must have seen it. */
  readonly activationDelay: number;
}

export const defaultPolicy: RenewalPolicy = {
  authorityLifetime: 365 * day,
  servingLifetime: 30 * day,
  activationDelay: 5 * 60 * 1000,
};

/** A state, and why it is not the one before; `change` is undefined where it is. */
export interface Renewal {
  readonly state: CertificateState;
  readonly change: string | undefined;
}

/**
 * The state that should be, one step on from the one that is:
 *
 * | the state                                        | becomes                                            |
 * | none                                             | a new CA and a certificate of it                   |
 * | the CA past two thirds of its life               | a new CA before it; the certificate stays          |
 * | a new CA, in caBundle for the delay              | a certificate of it                                |
 * | the certificate past two thirds of its life      | a new one of the newest CA                         |
 * | the certificate expired, or for other names      | a new one at once                                  |
 * | an old CA that has expired, and so all of it     | without that CA                                    |
 *
 * Pure but for what is passed in: the time and the randomness.
 */
export async function renew(
  current: CertificateState | undefined,
  names: readonly string[],
  now: Date,
  policy: RenewalPolicy,
  randomness: Randomness,
): Promise<Renewal> {
  const newest = current?.authorities[0];
  const valid = current?.authorities.filter((authority) => isValid(authority, now)) ?? [];
  if (current === undefined || newest === undefined || !isValid(newest, now)) {
    const authority = await issueAuthority('Downlink CA', now, policy.authorityLifetime, randomness);
    const state = { authorities: [authority.certificate, ...valid], authorityKey: authority.privateKey };
    return { state: await withCertificate(state, names, now, policy, randomness), change: 'new CA and certificate' };
  }
  if (isDue(newest, now)) {
    const authority = await issueAuthority('Downlink CA', now, policy.authorityLifetime, randomness);
    const state = {
      ...current,
      authorities: [authority.certificate, ...current.authorities],
      authorityKey: authority.privateKey,
    };
    return { state, change: 'new CA' };
  }
  const reason = reasonForNewCertificate(current, names, now, policy);
  if (reason !== undefined) {
    return {
      state: await withCertificate(current, names, now, policy, randomness),
      change: `new certificate: ${reason}`,
    };
  }
  if (valid.length < current.authorities.length)
    return { state: { ...current, authorities: valid }, change: 'an old CA is not valid any more' };
  return { state: current, change: undefined };
}

/** When the state should be looked at again: the first time at which {@link renew} would change it. */
export function nextRenewal({ authorities, serving }: CertificateState, policy: RenewalPolicy): Date {
  const [newest = '', ...old] = authorities;
  const isOfNewest = issuerOf(serving.certificate, [newest]) !== undefined;
  const servingDue = Math.min(
    isOfNewest ? dueDate(serving.certificate) : activationOf(newest, policy),
    lifeOf(serving.certificate).end,
  );
  const times = [dueDate(newest), servingDue, ...old.map((authority) => lifeOf(authority).end)];
  return new Date(Math.min(...times));
}

/** Returns why the API server would refuse the state's certificate now; undefined where it would not. */
export function refusedNow(
  { authorities, serving }: CertificateState,
  names: readonly string[],
  now: Date,
): string | undefined {
  const certificates = readCertificates(serving.certificate);
  if (certificates === undefined) return 'is damaged';
  const [problem] = certificateProblems(certificates, names, now);
  if (problem !== undefined) return problem.problem;
  const valid = authorities.filter((authority) => isValid(authority, now));
  return issuerOf(serving.certificate, valid) === undefined ? 'is of no valid CA' : undefined;
}

/**
 * Returns what is wrong with CAs that live longer than the policy lets them; undefined where none does. Nobody here makes
 * such a one: somebody has put it into the Secret, to be trusted for long.
 */
export function outlivesPolicy({ authorities }: CertificateState, policy: RenewalPolicy): string | undefined {
  const lifetimes = authorities.map(lifeOf).map(({ begin, end }) => end - begin);
  const longest = Math.max(...lifetimes);
  if (longest <= policy.authorityLifetime + 1000) return undefined; // certificates have whole seconds
  const days = (milliseconds: number) => Math.ceil(milliseconds / day);
  return `its ca.crt holds a CA that is valid for ${days(longest)} days, where ${days(policy.authorityLifetime)} are allowed`;
}

/** When the certificate stops being valid. */
export function expiryOf(certificate: string): Date {
  return new Date(lifeOf(certificate).end);
}

function reasonForNewCertificate(
  state: CertificateState,
  names: readonly string[],
  now: Date,
  policy: RenewalPolicy,
): string | undefined {
  const { authorities, serving } = state;
  const [newest = ''] = authorities;
  const refused = refusedNow(state, names, now);
  if (refused !== undefined) return `the old one ${refused}`;
  if (issuerOf(serving.certificate, [newest]) !== undefined)
    return isDue(serving.certificate, now) ? 'two thirds of its life are over' : undefined;
  // else not every API server knows the CA yet
  return now.getTime() >= activationOf(newest, policy) ? 'the CA is new' : undefined;
}

/** A certificate of the newest CA, which it never outlives. */
async function withCertificate(
  state: Omit<CertificateState, 'serving'>,
  names: readonly string[],
  now: Date,
  policy: RenewalPolicy,
  randomness: Randomness,
): Promise<CertificateState> {
  const [newest = ''] = state.authorities;
  const lifetime = Math.min(policy.servingLifetime, lifeOf(newest).end - now.getTime());
  const authority = { certificate: newest, privateKey: state.authorityKey };
  const serving = await issueCertificate(authority, names, now, lifetime, 'serverAuth', randomness);
  return { authorities: state.authorities, authorityKey: state.authorityKey, serving };
}

/** Milliseconds since the epoch. A life begins when the certificate was issued, which is after its notBefore. */
function lifeOf(certificate: string): { begin: number; end: number } {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return { begin: validFromDate.getTime() + notBeforeMargin, end: validToDate.getTime() };
}

function dueDate(certificate: string): number {
  const { begin, end } = lifeOf(certificate);
  return begin + ((end - begin) * 2) / 3;
}

function activationOf(authority: string, policy: RenewalPolicy): number {
  return lifeOf(authority).begin + policy.activationDelay;
}

function isDue(certificate: string, now: Date): boolean {
  return now.getTime() >= dueDate(certificate);
}

/** Whether the API server takes the CA now: it has not expired, is not of the future, and may sign for servers. */
function isValid(authority: string, now: Date): boolean {
  const [parsed] = readCertificates(authority) ?? [];
  return parsed !== undefined && anchorProblems(parsed, now).length === 0;
}
