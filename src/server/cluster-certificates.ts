import type { Logger } from 'pino';
import type { CertificatePair, Randomness } from '../certificates/issue.ts';
import { expiryOf, nextRenewal, type RenewalPolicy, renew } from '../certificates/renewal.ts';
import { type CertificateState, decodeState, encodeState } from '../certificates/state.ts';
import { type ApiClient, ApiError, type ApiObject } from '../kubernetes/api-client.ts';
import { keepCaBundle } from './ca-bundle.ts';
import type { Metrics } from './metrics.ts';
import { repeat } from './repeat.ts';

export interface ClusterCertificateOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly namespace: string;
  /** The Secret that is the truth for all replicas. */
  readonly secretName: string;
  /** The Deployment that owns the Secret, so that it goes with an uninstall; undefined for no owner. */
  readonly deploymentName: string | undefined;
  readonly configurationName: string;
  /** What the certificate is for: `downlink.downlink.svc`. */
  readonly names: readonly string[];
  readonly policy: RenewalPolicy;
  readonly randomness: Randomness;
  readonly now: () => Date;
  /** Serves with the pair from now on. */
  readonly serve: (pair: CertificatePair) => void;
}

export interface ClusterCertificates {
  /** Why the API server cannot trust this replica yet; undefined once it could. */
  readonly notReadyBecause: () => string | undefined;
  readonly stop: () => void;
}

const longestWait = 60_000; // milliseconds between looks, for whatever a watch may have missed
const watchLength = 300; // seconds

/**
 * Keeps certificates for all replicas in one Secret, without a leader: who writes first wins, the others adopt what
 * stands there. Nothing here ends by itself: what fails is logged and tried again.
 */
export function keepClusterCertificates(options: ClusterCertificateOptions): ClusterCertificates {
  const { api, log, metrics, secretName, policy, now } = options;
  const secrets = `/api/v1/namespaces/${options.namespace}/secrets`;
  const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  const stopped = new AbortController();
  let known: CertificateState | undefined; // the last good state: repairs a Secret that is deleted or damaged
  let notReady: string | undefined = 'no certificate yet';

  const settle = async (): Promise<CertificateState> => {
    for (;;) {
      const secret = await unlessMissing(api.call<ApiObject & { data?: unknown }>('GET', `${secrets}/${secretName}`));
      const found = secret && decodeState(secret.data);
      if (found !== undefined && 'problem' in found)
        log.warn({ secret: secretName, problem: found.problem }, 'repairing the Secret');
      const valid = found !== undefined && !('problem' in found) ? found : undefined;
      const { state, change } = await renew(valid ?? known, options.names, now(), policy, options.randomness);
      if (valid !== undefined && change === undefined) return state;
      try {
        await write(state, secret);
        log.info({ secret: secretName, change: change ?? 'restored' }, 'wrote the Secret');
        return state;
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 409)) throw error;
        // another replica was first: look at what it wrote
      }
    }
  };

  const write = async (state: CertificateState, existing: ApiObject | undefined) => {
    const ownerReferences = await owner(options);
    const metadata = {
      name: secretName,
      labels: { 'app.kubernetes.io/managed-by': 'downlink' },
      ...(ownerReferences && { ownerReferences }),
    };
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data: encodeState(state) };
    if (existing === undefined) return api.call('POST', secrets, secret);
    const { uid, resourceVersion } = existing.metadata;
    return api.call('PUT', `${secrets}/${secretName}`, { ...secret, metadata: { ...metadata, uid, resourceVersion } });
  };

  const reconcile = async (): Promise<number> => {
    const state = await settle();
    const outcome = await keepCaBundle(api, `${configurations}/${options.configurationName}`, state.authorities);
    if (outcome === 'repaired' && known !== undefined && sameAuthorities(known, state)) {
      metrics.caBundleRepaired();
      log.warn({ configuration: options.configurationName }, 'caBundle had been changed and was put right');
    }
    metrics.caBundleMatches(true);
    if (known?.serving.certificate !== state.serving.certificate) {
      options.serve(state.serving);
      log.info({ expires: expiryOf(state.serving.certificate) }, 'serving with a new certificate');
    }
    known = state;
    notReady = undefined;
    return Math.min(longestWait, Math.max(0, nextRenewal(state, policy).getTime() - now().getTime()));
  };

  const wake = repeat(reconcile, stopped.signal, (error) => {
    if (notReady !== undefined) notReady = messageOf(error);
    if (known !== undefined) metrics.caBundleMatches(false);
    log.error({ error: messageOf(error) }, 'cannot keep the certificates; trying again');
  });
  for (const [path, name] of [
    [secrets, secretName],
    [configurations, options.configurationName],
  ] as const) {
    const query = `?watch=true&fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}&timeoutSeconds=${watchLength}`;
    const follow = async () => {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout((watchLength + 30) * 1000)]);
      for await (const { type } of api.watch(path + query, signal)) if (type !== 'BOOKMARK') wake();
      return 0;
    };
    repeat(follow, stopped.signal, (error) =>
      log.debug({ error: messageOf(error), path }, 'watch ended; beginning again'),
    );
  }
  return { notReadyBecause: () => notReady, stop: () => stopped.abort() };
}

async function owner({ api, namespace, deploymentName }: ClusterCertificateOptions) {
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

function sameAuthorities(one: CertificateState, other: CertificateState): boolean {
  return one.authorities.join() === other.authorities.join();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
