import type { Logger } from 'pino';
import { type ApiClient, ApiError, type ApiObject } from '../api-client.ts';
import type { CertificatePair, Randomness } from '../certificates/issue.ts';
import { expiryOf, type RenewalPolicy, renew } from '../certificates/renewal.ts';
import { type CertificateState, decodeState, encodeState, issuerOf } from '../certificates/state.ts';

export interface CertificateSecretOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly namespace: string;
  /** The Secret that is the truth for all replicas. */
  readonly secretName: string;
  /** The Deployment that owns the Secret, so that it goes with an uninstall; undefined for no owner. */
  readonly deploymentName: string | undefined;
  /** What the certificate is for: `downlink.downlink.svc`. */
  readonly names: readonly string[];
  readonly policy: RenewalPolicy;
  readonly randomness: Randomness;
  readonly now: () => Date;
}

/** What this replica has to go on with, whatever becomes of the Secret. */
export interface Holding {
  /** The last good state: repairs a Secret that is deleted or damaged. */
  readonly state: CertificateState;
  /** What it serves with. */
  readonly served: CertificatePair;
}

/**
 * The Secret's state. Where a step of its renewal is due, or it is missing or damaged, it is written first; throws an
 * ApiError with code 409 where another replica wrote it meanwhile.
 */
export async function settleSecret(
  options: CertificateSecretOptions,
  holding: Holding | undefined,
): Promise<CertificateState> {
  const { api, log, secretName, now } = options;
  const secret = await unlessMissing(
    api.call<ApiObject & { data?: unknown }>('GET', `${secretsPath(options)}/${secretName}`),
  );
  const found = secret && decodeState(secret.data);
  if (found !== undefined && 'problem' in found)
    log.warn({ secret: secretName, problem: found.problem }, 'repairing the Secret');
  const valid = found !== undefined && !('problem' in found) ? found : undefined;
  const trusted = withAuthorityOfServed(valid ?? holding?.state, holding, now());
  const { state, change } = await renew(trusted, options.names, now(), options.policy, options.randomness);
  if (state === valid) return state;
  const kept = valid === undefined ? 'restored' : 'kept the CA of the certificate that is served';
  await write(options, state, secret);
  log.info({ secret: secretName, change: change ?? kept }, 'wrote the Secret');
  return state;
}

export function secretsPath({ namespace }: { readonly namespace: string }): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

/** The same state where it vouches for what is served; else, as when somebody else wrote it, with that CA as well. */
function withAuthorityOfServed(
  state: CertificateState | undefined,
  holding: Holding | undefined,
  now: Date,
): CertificateState | undefined {
  if (state === undefined || holding === undefined || expiryOf(holding.served.certificate) <= now) return state;
  const issuer = issuerOf(holding.served.certificate, holding.state.authorities);
  if (issuer === undefined || state.authorities.includes(issuer)) return state;
  return { ...state, authorities: [...state.authorities, issuer] };
}

async function write(
  options: CertificateSecretOptions,
  state: CertificateState,
  existing: ApiObject | undefined,
): Promise<void> {
  const { api, secretName } = options;
  const ownerReferences = await owner(options);
  const metadata = {
    name: secretName,
    labels: { 'app.kubernetes.io/managed-by': 'downlink' },
    ...(ownerReferences && { ownerReferences }),
  };
  const secret = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data: encodeState(state) };
  if (existing === undefined) {
    await api.call('POST', secretsPath(options), secret);
    return;
  }
  const { uid, resourceVersion } = existing.metadata;
  await api.call('PUT', `${secretsPath(options)}/${secretName}`, {
    ...secret,
    metadata: { ...metadata, uid, resourceVersion },
  });
}

async function owner({ api, namespace, deploymentName }: CertificateSecretOptions) {
  if (deploymentName === undefined) return undefined;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deploymentName}`;
  const { metadata } = await api.call<ApiObject>('GET', path);
  return [{ apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, uid: metadata.uid }];
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}
