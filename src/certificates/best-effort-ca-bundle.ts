import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import { ApiError } from '../kubernetes-api/api-client.ts';
import type { CaBundleReconciler } from './ca-bundle-reconciler.ts';
import type { CertificateList } from './certificate.ts';
import type { ConfigurationReference, WebhookConfiguration } from './webhook-configuration.ts';

/** Keeps caBundle up to date in a configuration that pods do not depend on. Its failures affect nothing else. */
export interface BestEffortCaBundle {
  /**
   * Reads the configuration. Returns a function that sets its caBundle to the given CAs and returns the number of
   * milliseconds until the next attempt. Neither of them throws.
   */
  readonly read: () => Promise<(authorities: CertificateList) => Promise<number>>;
}

const retryInterval = 30_000; // milliseconds; the watch reports a configuration that is created in the meantime

/** Creates a reconciler that logs a failure once, until a different one occurs or an attempt succeeds. */
export function createBestEffortCaBundle(
  reconciler: CaBundleReconciler,
  { kind, name }: ConfigurationReference,
  log: Logger,
): BestEffortCaBundle {
  let logged: string | undefined;
  const handleFailure = (error: unknown): number => {
    if (error instanceof ApiError && error.code === 409) return 0; // another replica wrote first
    const message = messageOf(error);
    if (message !== logged)
      log.warn(
        { kind, configuration: name, error: message },
        'cannot update caBundle, so workloads get no warnings; pods are not affected',
      );
    logged = message;
    return retryInterval;
  };
  const reconcile = async (configuration: WebhookConfiguration, authorities: CertificateList): Promise<number> => {
    try {
      await reconciler.reconcile(configuration, authorities);
    } catch (error) {
      return handleFailure(error);
    }
    if (logged !== undefined) log.info({ kind, configuration: name }, 'caBundle is up to date again');
    logged = undefined;
    return Number.POSITIVE_INFINITY;
  };
  return {
    read: async () => {
      try {
        const configuration = await reconciler.read();
        return (authorities) => reconcile(configuration, authorities);
      } catch (error) {
        return async () => handleFailure(error); // reported only if the rest succeeds: one error per outage is enough
      }
    },
  };
}
