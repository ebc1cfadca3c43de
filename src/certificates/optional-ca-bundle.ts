import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import { ApiError } from '../kubernetes-api/api-client.ts';
import type { CaBundle } from './ca-bundle.ts';
import type { ConfigurationReference, WebhookConfiguration } from './webhook-configuration.ts';

/** The caBundle of a configuration that pods do not depend on: whatever hinders it, nothing else is held up. */
export interface OptionalCaBundle {
  /**
   * Reads the configuration, and returns what makes its caBundle the given CAs and returns after how many milliseconds to
   * look again. Neither throws.
   */
  readonly read: () => Promise<(authorities: readonly string[]) => Promise<number>>;
}

const again = 30_000; // milliseconds until what failed is tried again; a configuration that appears is told by its watch

/** What hinders it is logged once, until it is something else. */
export function optional(bundle: CaBundle, { kind, name }: ConfigurationReference, log: Logger): OptionalCaBundle {
  let said: string | undefined;
  const failed = (error: unknown): number => {
    if (error instanceof ApiError && error.code === 409) return 0; // another replica was first
    const message = messageOf(error);
    if (message !== said)
      log.warn(
        { kind, configuration: name, error: message },
        'cannot keep caBundle: no workload warnings; pods are served all the same',
      );
    said = message;
    return again;
  };
  const keep = async (configuration: WebhookConfiguration, authorities: readonly string[]): Promise<number> => {
    try {
      await bundle.keep(configuration, authorities);
    } catch (error) {
      return failed(error);
    }
    if (said !== undefined) log.info({ kind, configuration: name }, 'caBundle is kept again');
    said = undefined;
    return Number.POSITIVE_INFINITY;
  };
  return {
    read: async () => {
      try {
        const configuration = await bundle.read();
        return (authorities) => keep(configuration, authorities);
      } catch (error) {
        return async () => failed(error); // told only where all else went well, not once more where the API server is away
      }
    },
  };
}
