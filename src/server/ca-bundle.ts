import type { Logger } from 'pino';
import type { ApiClient, ApiObject } from '../api-client.ts';
import { caBundle } from '../certificates/issue.ts';
import type { Metrics } from './metrics.ts';

/** A webhook configuration, by its place in the API. */
export interface ConfigurationReference {
  readonly kind: keyof typeof collections;
  readonly name: string;
}

export interface WebhookConfiguration extends ApiObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
}

/** The caBundle of one configuration. */
export interface CaBundle {
  readonly read: () => Promise<WebhookConfiguration>;
  /**
   * Makes caBundle of every webhook of the configuration these CAs, where it is not. Read before the CAs were, and
   * written only where it is still the same, caBundle never goes back to older ones: throws an ApiError with code 409
   * where the configuration is not any more as it was read.
   */
  readonly keep: (configuration: WebhookConfiguration, authorities: readonly string[]) => Promise<void>;
}

interface CaBundleOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const group = '/apis/admissionregistration.k8s.io/v1';
const collections = {
  MutatingWebhookConfiguration: `${group}/mutatingwebhookconfigurations`,
  ValidatingWebhookConfiguration: `${group}/validatingwebhookconfigurations`,
} as const;
const fieldManager = 'downlink-ca-bundle';

/** The path of all configurations of that kind. */
export function collectionOf({ kind }: ConfigurationReference): string {
  return collections[kind];
}

/** `mismatch` is told when caBundle is not any more what this replica had seen there, before it is put right. */
export function createCaBundle(
  { api, log, metrics }: CaBundleOptions,
  reference: ConfigurationReference,
  mismatch: () => void,
): CaBundle {
  const path = `${collectionOf(reference)}/${reference.name}`;
  let seen: string | undefined; // caBundle, when it was last right
  return {
    read: () => api.call<WebhookConfiguration>('GET', path),
    keep: async (configuration, authorities) => {
      const bundle = caBundle(authorities.join(''));
      if (!isKept(configuration, bundle)) {
        const changedByOthers = seen === bundle;
        if (changedByOthers) mismatch();
        await api.apply(path, fieldManager, withCaBundle(configuration, reference, bundle));
        if (changedByOthers) {
          metrics.caBundleRepaired();
          log.warn(
            { kind: reference.kind, configuration: reference.name },
            'caBundle had been changed and was put right',
          );
        }
      }
      seen = bundle;
    },
  };
}

function isKept({ webhooks = [] }: WebhookConfiguration, bundle: string): boolean {
  return webhooks.every(({ clientConfig }) => clientConfig?.caBundle === bundle);
}

/** What is applied under a field manager of its own, which leaves the rest to whoever made the configuration. */
function withCaBundle(
  { metadata, webhooks = [] }: WebhookConfiguration,
  { kind }: ConfigurationReference,
  bundle: string,
) {
  const { name, resourceVersion } = metadata;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name, resourceVersion },
    webhooks: webhooks.map((webhook) => ({ name: webhook.name, clientConfig: { caBundle: bundle } })),
  };
}
