import { presentsSame, type ServingPair, signerOf } from './certificate.ts';
import type { CurrentCertificates } from './certificate-secret.ts';
import type { CertificateState } from './certificate-state.ts';
import type { RenewalPolicy } from './renewal-policy.ts';

/** When this replica first saw each CA in caBundle: milliseconds since the epoch, by PEM. */
export type TrustedSince = ReadonlyMap<string, number>;

/** Which pair to serve, and when to serve the one in the state if that is not yet possible. */
export interface Activation {
  readonly pair: ServingPair;
  readonly activateAt: Date | undefined;
}

export interface ActivationOptions {
  readonly state: CertificateState;
  /** Undefined before the first certificate. */
  readonly current: CurrentCertificates | undefined;
  readonly trustedSince: TrustedSince;
  readonly time: Date;
  readonly policy: RenewalPolicy;
}

/** Adds the CAs of the state and removes the others. CAs that were there before this replica started count as old. */
export function updateTrust({ state, current, trustedSince, time }: Omit<ActivationOptions, 'policy'>): TrustedSince {
  const since = current === undefined ? 0 : time.getTime();
  return new Map(state.authorities.map(({ pem }) => [pem, trustedSince.get(pem) ?? since]));
}

/**
 * Decides which pair to serve: the one in the state, unless some API servers may not know its CA yet. Then the current pair
 * stays until they do or it expires.
 */
export function planActivation({ state, current, trustedSince, time, policy }: ActivationOptions): Activation {
  const { authorities, serving } = state;
  if (current === undefined || presentsSame(current.served, serving)) return { pair: serving, activateAt: undefined };
  const signer = signerOf(serving.certificate, authorities);
  const since = (signer && trustedSince.get(signer.pem)) ?? time.getTime();
  const expiry = current.served.certificate.x509.validToDate.getTime();
  const activateAt = new Date(Math.min(since + policy.activationDelay, expiry));
  if (activateAt <= time) return { pair: serving, activateAt: undefined };
  return { pair: current.served, activateAt };
}
