import { day, minute, second } from '../time/duration.ts';
import { type Certificate, type CertificateList, presentedCertificates, signerOf } from './certificate.ts';
import { certificateProblems } from './certificate-acceptance.ts';
import { type CertificateState, signingAuthority } from './certificate-state.ts';
import { issueAuthority, issueCertificate, notBeforeMargin, type Randomness } from './issue-certificate.ts';
import { anchorProblems } from './issuing-chain.ts';

/** How long certificates live. All values are milliseconds. */
export interface RenewalPolicy {
  readonly authorityLifetime: number;
  readonly servingLifetime: number;
  /** How long a new CA is in caBundle before a certificate that it signed is served: every API server must have seen it. */
  readonly activationDelay: number;
}

export const defaultPolicy: RenewalPolicy = {
  authorityLifetime: 365 * day,
  servingLifetime: 30 * day,
  activationDelay: 5 * minute,
};

export interface RenewalOptions {
  /** The DNS names or IP addresses that the API server calls. */
  readonly names: readonly string[];
  readonly now: Date;
  readonly policy: RenewalPolicy;
  readonly randomness: Randomness;
}

/** The next state, and what changed; `change` is undefined if it is the current state. */
export interface Renewal {
  readonly state: CertificateState;
  readonly change: string | undefined;
}

/**
 * Takes the next step in the lifecycle of the certificates:
 *
 * | Current state                                           | Next state                                          |
 * |---------------------------------------------------------|-----------------------------------------------------|
 * | none, or the newest CA is not valid                     | a new CA, and a certificate that it signed          |
 * | newest CA past two thirds of its lifetime               | a new CA before it; the certificate stays           |
 * | new CA in caBundle for the activation delay             | a certificate that it signed                        |
 * | certificate past two thirds of its lifetime             | a new certificate, signed by the newest CA          |
 * | certificate expired, or for other names                 | a new certificate immediately                       |
 * | an old CA has expired, and therefore all that it signed | the same without that CA                            |
 *
 * Pure except for the randomness.
 */
export async function renew(current: CertificateState | undefined, options: RenewalOptions): Promise<Renewal> {
  const { now } = options;
  const valid = current?.authorities.filter((authority) => isValid(authority, now)) ?? [];
  if (current === undefined || !isValid(current.authorities[0], now)) {
    const state = await withNewAuthority(valid, options);
    return { state: await withNewCertificate(state, options), change: 'new CA and certificate' };
  }
  if (isDue(current.authorities[0], now)) {
    const state = await withNewAuthority(current.authorities, options);
    return { state: { ...state, serving: current.serving }, change: 'new CA' };
  }
  const reason = renewalReason(current, options);
  if (reason !== undefined)
    return { state: await withNewCertificate(current, options), change: `new certificate: ${reason}` };
  const [newest, ...old] = current.authorities;
  const authorities: CertificateList = [newest, ...old.filter((authority) => valid.includes(authority))];
  if (authorities.length < current.authorities.length)
    return { state: { ...current, authorities }, change: 'an old CA is no longer valid' };
  return { state: current, change: undefined };
}

/** Returns the earliest time at which {@link renew} would change the state. */
export function nextRenewal({ authorities, serving }: CertificateState, policy: RenewalPolicy): Date {
  const [newest, ...old] = authorities;
  const { certificate } = serving;
  const isSignedByNewest = signerOf(certificate, [newest]) !== undefined;
  const servingDue = Math.min(
    isSignedByNewest ? dueTime(certificate) : activationTime(newest, policy),
    lifetimeOf(certificate).end,
  );
  return new Date(Math.min(dueTime(newest), servingDue, ...old.map((authority) => lifetimeOf(authority).end)));
}

/** Returns why the API server would refuse the serving certificate now; undefined if it would accept it. */
export function refusalOf(
  { authorities, serving }: Pick<CertificateState, 'authorities' | 'serving'>,
  names: readonly string[],
  now: Date,
): string | undefined {
  const [first] = certificateProblems(presentedCertificates(serving), names, now);
  if (first !== undefined) return first.problem;
  const valid = authorities.filter((authority) => isValid(authority, now));
  return signerOf(serving.certificate, valid) === undefined ? 'is not signed by a valid CA' : undefined;
}

/**
 * Returns the problem if a CA is valid for longer than the policy allows; undefined if none is. Downlink never issues such
 * a CA: somebody put it into the Secret to be trusted for a long time.
 */
export function outlivesPolicy({ authorities }: CertificateState, policy: RenewalPolicy): string | undefined {
  const lifetimes = authorities.map(lifetimeOf).map(({ start, end }) => end - start);
  const longest = Math.max(...lifetimes);
  if (longest <= policy.authorityLifetime + second) return undefined; // certificates have whole seconds
  const days = (milliseconds: number) => Math.ceil(milliseconds / day);
  return `its ca.crt contains a CA that is valid for ${days(longest)} days; at most ${days(policy.authorityLifetime)} are allowed`;
}

function renewalReason(state: CertificateState, { names, now, policy }: RenewalOptions): string | undefined {
  const refusal = refusalOf(state, names, now);
  if (refusal !== undefined) return `the old one ${refusal}`;
  const { authorities, serving } = state;
  if (signerOf(serving.certificate, [authorities[0]]) !== undefined)
    return isDue(serving.certificate, now) ? 'two thirds of its lifetime have passed' : undefined;
  // before the activation time, some API servers may not know the CA
  return now.getTime() >= activationTime(authorities[0], policy) ? 'the CA is new' : undefined;
}

type Authorities = Omit<CertificateState, 'serving'>;

async function withNewAuthority(
  old: readonly Certificate[],
  { now, policy, randomness }: RenewalOptions,
): Promise<Authorities> {
  const lifetime = policy.authorityLifetime;
  const { certificate, privateKey } = await issueAuthority({ commonName: 'Downlink CA', now, lifetime, randomness });
  return { authorities: [certificate, ...old], authorityKey: privateKey };
}

/** Adds a certificate that the newest CA signs, and that expires no later than the CA. */
async function withNewCertificate(
  { authorities, authorityKey }: Authorities,
  { names, now, policy, randomness }: RenewalOptions,
): Promise<CertificateState> {
  const authority = signingAuthority({ authorities, authorityKey });
  const lifetime = Math.min(policy.servingLifetime, lifetimeOf(authority.certificate).end - now.getTime());
  const serving = await issueCertificate(authority, { names, now, lifetime, randomness });
  return { authorities, authorityKey, serving };
}

/** Returns milliseconds since the epoch. The lifetime starts when the certificate is issued, which is after notBefore. */
function lifetimeOf({ x509: { validFromDate, validToDate } }: Certificate): { start: number; end: number } {
  return { start: validFromDate.getTime() + notBeforeMargin, end: validToDate.getTime() };
}

function dueTime(certificate: Certificate): number {
  const { start, end } = lifetimeOf(certificate);
  return start + ((end - start) * 2) / 3;
}

function activationTime(authority: Certificate, policy: RenewalPolicy): number {
  return lifetimeOf(authority).start + policy.activationDelay;
}

function isDue(certificate: Certificate, now: Date): boolean {
  return now.getTime() >= dueTime(certificate);
}

/** Reports whether the API server accepts the CA now: it is valid at that time and may sign server certificates. */
function isValid(authority: Certificate, now: Date): boolean {
  return anchorProblems(authority, now).length === 0;
}
