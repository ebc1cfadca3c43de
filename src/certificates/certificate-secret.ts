import type { Logger } from 'pino';
import { isObject } from '../json/json-value.ts';
import { type ApiClient, ApiError, type ApiObject } from '../kubernetes-api/api-client.ts';
import type { CheckedTime } from '../kubernetes-api/api-server-clock.ts';
import { includesCertificate, type ServingPair, signerOf } from './certificate.ts';
import { type CertificateState, type DecodedState, decodeState, encodeState } from './certificate-state.ts';
import type { Randomness } from './issue-certificate.ts';
import { outlivesPolicy, type RenewalPolicy, refusalOf, renew } from './renewal-policy.ts';

export interface CertificateSecretOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly namespace: string;
  /** The Secret that all replicas share. */
  readonly secretName: string;
  /** The Deployment that owns the Secret, so that an uninstall deletes it; undefined for no owner. */
  readonly deploymentName: string | undefined;
  /** The names that the API server calls, for example `downlink.downlink.svc`. */
  readonly names: readonly string[];
  readonly policy: RenewalPolicy;
  readonly randomness: Randomness;
}

const ourLabel = { 'app.kubernetes.io/managed-by': 'downlink' };

/** The certificates that a running replica keeps in memory, so that it does not depend on the Secret. */
export interface CurrentCertificates {
  /** The last good state: restores a Secret that was deleted or damaged. */
  readonly state: CertificateState;
  readonly served: ServingPair;
}

/** The fields of the Secret that this module uses. The rest of its metadata is preserved. */
interface Secret extends ApiObject {
  readonly type?: string;
  readonly metadata: ApiObject['metadata'] & {
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly data?: unknown;
}

/**
 * Returns the state in the Secret. If a renewal step is due, or the Secret is missing or damaged, first writes the new
 * state; throws an ApiError with code 409 if another replica wrote it in the meantime. A replica with a wrong clock writes
 * nothing, and uses the state in the Secret as long as the API server accepts it.
 */
export async function reconcileSecret(
  options: CertificateSecretOptions,
  current: CurrentCertificates | undefined,
  { time, clockProblem }: CheckedTime,
): Promise<CertificateState> {
  const { api, log, secretName, names, policy, randomness } = options;
  const secret = await undefinedIfNotFound(api.call<Secret>('GET', `${secretsPath(options)}/${secretName}`));
  if (secret !== undefined && current === undefined) refuseForeignSecret(secret, secretName);
  const stored = secret && readState(secret, policy);
  if (stored?.kind === 'failure') log.warn({ secret: secretName, problem: stored.problem }, 'repairing the Secret');
  const valid = stored?.kind === 'state' ? stored.state : undefined;
  if (clockProblem !== undefined && valid !== undefined && refusalOf(valid, names, time) === undefined) return valid;

  const trusted = withServedAuthority(valid ?? current?.state, current, time);
  const { state, change } = await renew(trusted, { names, now: time, policy, randomness });
  if (state === valid) return state;
  const kept = valid === undefined ? 'restored' : 'kept the CA of the serving certificate';
  await writeSecret(options, state, secret);
  log.info({ secret: secretName, change: change ?? kept }, 'wrote the Secret');
  return state;
}

/** Returns the path of all Secrets in the namespace. */
export function secretsPath({ namespace }: { readonly namespace: string }): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

/** Throws if a write would destroy data that Downlink did not write, for example after a change of the certificate mode. */
function refuseForeignSecret({ metadata, data }: Secret, secretName: string): void {
  const isMarked = Object.entries(ourLabel).every(([key, value]) => metadata.labels?.[key] === value);
  if (isMarked || !isObject(data) || Object.keys(data).length === 0 || data['ca.key'] !== undefined) return;
  const detail = 'it has data, but neither a ca.key nor the label app.kubernetes.io/managed-by=downlink';
  throw new Error(
    `the Secret ${secretName} belongs to somebody else: ${detail}; set --certificate-secret (the chart's certificates.secretName) to another name, or delete the Secret`,
  );
}

function readState({ data }: Secret, policy: RenewalPolicy): DecodedState {
  const decoded = decodeState(data);
  if (decoded.kind === 'failure') return decoded;
  const problem = outlivesPolicy(decoded.state, policy);
  return problem === undefined ? decoded : { kind: 'failure', problem };
}

/** Adds the CA of the certificate that this replica serves, if somebody else replaced the state and omitted the CA. */
function withServedAuthority(
  state: CertificateState | undefined,
  current: CurrentCertificates | undefined,
  now: Date,
): CertificateState | undefined {
  if (state === undefined || current === undefined) return state;
  const { authorities } = current.state;
  const { certificate } = current.served;
  if (refusalOf({ authorities, serving: current.served }, [], now) !== undefined) return state;
  const authority = signerOf(certificate, authorities);
  if (authority === undefined || includesCertificate(state.authorities, authority)) return state;
  return { ...state, authorities: [...state.authorities, authority] };
}

async function writeSecret(
  options: CertificateSecretOptions,
  state: CertificateState,
  existing: Secret | undefined,
): Promise<void> {
  const { api, secretName } = options;
  const owners = await withDeployment(options, existing?.metadata.ownerReferences ?? []);
  const labels = { ...existing?.metadata.labels, ...ourLabel };
  const metadata = { name: secretName, labels, ...(owners.length > 0 && { ownerReferences: owners }) };
  const secret = { apiVersion: 'v1', kind: 'Secret', data: encodeState(state) };
  if (existing === undefined) {
    await api.call('POST', secretsPath(options), { ...secret, type: 'Opaque', metadata });
    return;
  }
  const changed = { ...existing, ...secret, metadata: { ...existing.metadata, ...metadata } };
  await api.call('PUT', `${secretsPath(options)}/${secretName}`, changed);
}

/** Returns the owners, including our Deployment with its current uid. */
async function withDeployment(
  { api, namespace, deploymentName }: CertificateSecretOptions,
  owners: NonNullable<Secret['metadata']['ownerReferences']>,
): Promise<readonly object[]> {
  if (deploymentName === undefined) return owners;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${deploymentName}`;
  const { metadata } = await api.call<ApiObject>('GET', path);
  const others = owners.filter(({ kind, name }) => kind !== 'Deployment' || name !== deploymentName);
  return [...others, { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, uid: metadata.uid }];
}

async function undefinedIfNotFound<T>(response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}
