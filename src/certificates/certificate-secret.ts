import type { Logger } from 'pino';
import { isObject } from '../json/json-value.ts';
import { type ApiClient, ApiError, type ApiObject } from '../kubernetes-api/api-client.ts';
import type { Clock } from '../kubernetes-api/api-server-clock.ts';
import { type CertificateState, decodeState, encodeState, issuerOf } from './certificate-state.ts';
import type { CertificatePair, Randomness } from './issue-certificate.ts';
import { outlivesPolicy, type RenewalPolicy, refusedNow, renew } from './renewal-policy.ts';

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
}

const ourLabel = { 'app.kubernetes.io/managed-by': 'downlink' };

/** What this replica has to go on with, whatever becomes of the Secret. */
export interface Holding {
  /** The last good state: repairs a Secret that is deleted or damaged. */
  readonly state: CertificateState;
  /** What it serves with. */
  readonly served: CertificatePair;
}

/** The Secret, as far as we look at it; what others have put into its metadata stays. */
interface Secret extends ApiObject {
  readonly type?: string;
  readonly metadata: ApiObject['metadata'] & {
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly data?: unknown;
}

/**
 * The Secret's state. Where a step of its renewal is due, or it is missing or damaged, it is written first; throws an
 * ApiError with code 409 where another replica wrote it meanwhile. A replica whose clock is wrong writes nothing, and
 * takes what is there as long as the API server accepts it.
 */
export async function settleSecret(
  options: CertificateSecretOptions,
  holding: Holding | undefined,
  { time, wrong }: Clock,
): Promise<CertificateState> {
  const { api, log, secretName, names, policy } = options;
  const secret = await unlessMissing(api.call<Secret>('GET', `${secretsPath(options)}/${secretName}`));
  const found = secret && read(secret, policy);
  if (secret !== undefined && holding === undefined && isSomebodyElses(secret)) {
    const detail = 'it has data, but neither a ca.key nor the label app.kubernetes.io/managed-by=downlink';
    throw new Error(
      `the Secret ${secretName} is somebody else's: ${detail}; name another one by --certificate-secret (the chart's certificates.secretName), or delete it`,
    );
  }
  if (found !== undefined && 'problem' in found)
    log.warn({ secret: secretName, problem: found.problem }, 'repairing the Secret');
  const valid = found !== undefined && !('problem' in found) ? found : undefined;
  if (wrong !== undefined && valid !== undefined && refusedNow(valid, names, time) === undefined) return valid;
  const trusted = withAuthorityOfServed(valid ?? holding?.state, holding, time);
  const { state, change } = await renew(trusted, names, time, policy, options.randomness);
  if (state === valid) return state;
  const kept = valid === undefined ? 'restored' : 'kept the CA of the certificate that is served';
  await write(options, state, secret);
  log.info({ secret: secretName, change: change ?? kept }, 'wrote the Secret');
  return state;
}

/** Whether writing into it would destroy what somebody else keeps there, as after a change of the certificate mode. */
function isSomebodyElses({ metadata, data }: Secret): boolean {
  const isMarked = Object.entries(ourLabel).every(([key, value]) => metadata.labels?.[key] === value);
  return !isMarked && isObject(data) && Object.keys(data).length > 0 && data['ca.key'] === undefined;
}

function read({ data }: Secret, policy: RenewalPolicy): CertificateState | { readonly problem: string } {
  const state = decodeState(data);
  if ('problem' in state) return state;
  const problem = outlivesPolicy(state, policy);
  return problem === undefined ? state : { problem };
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
  if (state === undefined || holding === undefined) return state;
  const served = { ...holding.state, serving: holding.served };
  if (refusedNow(served, [], now) !== undefined) return state;
  const issuer = issuerOf(holding.served.certificate, holding.state.authorities);
  if (issuer === undefined || state.authorities.includes(issuer)) return state;
  return { ...state, authorities: [...state.authorities, issuer] };
}

async function write(
  options: CertificateSecretOptions,
  state: CertificateState,
  existing: Secret | undefined,
): Promise<void> {
  const { api, secretName } = options;
  const owners = await ownersWith(options, existing?.metadata.ownerReferences ?? []);
  const labels = { ...existing?.metadata.labels, ...ourLabel };
  const metadata = { name: secretName, labels, ...(owners.length > 0 && { ownerReferences: owners }) };
  const data = encodeState(state);
  if (existing === undefined) {
    await api.call('POST', secretsPath(options), { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data });
    return;
  }
  const changed = {
    ...existing,
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...existing.metadata, ...metadata },
    data,
  };
  await api.call('PUT', `${secretsPath(options)}/${secretName}`, changed);
}

/** The owners with our Deployment among them, as it is now. */
async function ownersWith(
  { api, namespace, deploymentName }: CertificateSecretOptions,
  owners: NonNullable<Secret['metadata']['ownerReferences']>,
): Promise<readonly object[]> {
  if (deploymentName === undefined) return owners;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deploymentName}`;
  const { metadata } = await api.call<ApiObject>('GET', path);
  const others = owners.filter(({ kind, name }) => kind !== 'Deployment' || name !== deploymentName);
  return [...others, { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, uid: metadata.uid }];
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}
