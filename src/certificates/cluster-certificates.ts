import { messageOf } from '../diagnostics/text.ts';
import { ApiError } from '../kubernetes-api/api-client.ts';
import { watchObject } from '../kubernetes-api/watch-object.ts';
import { startRetryLoop } from '../time/retry-loop.ts';
import type { ServingPair } from './certificate.ts';
import { secretsPath } from './certificate-secret.ts';
import { type ClusterCertificateOptions, createClusterReconciler } from './cluster-reconciler.ts';
import { collectionOf } from './webhook-configuration.ts';

export interface ClusterCertificates {
  /** Why the API server cannot trust this replica yet; undefined once it can. */
  readonly notReadyBecause: () => string | undefined;
  /** Ends all writes: the replica that replaces this one may manage the certificates in another way. */
  readonly stop: () => void;
}

/**
 * Keeps the certificates of all replicas in one Secret, without a leader: the replica that writes first wins, and the others
 * adopt what it wrote. Runs until it is stopped: failures are logged and retried.
 */
export function keepClusterCertificates(options: ClusterCertificateOptions): ClusterCertificates {
  const { api, clock, log, configuration, otherConfigurations } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  let notReady: string | undefined = 'no certificate yet';
  const serve = (pair: ServingPair) => {
    options.serve(pair);
    notReady = undefined; // by then, caBundle includes the CA of the pair
  };
  const reconcile = createClusterReconciler({ ...options, serve }, signal);
  const reconcileOrRetry = async (): Promise<number> => {
    try {
      return await reconcile();
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) return 0; // another replica wrote first
      throw error;
    }
  };
  const onError = (error: unknown) => {
    if (notReady !== undefined) notReady = messageOf(error);
    log.error({ error: messageOf(error) }, 'cannot update the certificates; retrying');
  };
  const reconcileNow = startRetryLoop({ task: reconcileOrRetry, clock, signal, onError });
  const watched = [
    { collection: secretsPath(options), name: options.secretName },
    ...[configuration, ...otherConfigurations].map((reference) => ({
      collection: collectionOf(reference),
      name: reference.name,
    })),
  ];
  for (const object of watched) watchObject({ api, clock, log, ...object, signal, onChange: reconcileNow });
  return { notReadyBecause: () => notReady, stop: () => stopped.abort() };
}
