import type { Logger } from 'pino';
import { messageOf } from '../diagnostics/text.ts';
import { type ApiClient, ApiError } from '../kubernetes-api/api-client.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { caBundle } from './issue-certificate.ts';
import {
  type ConfigurationReference,
  collectionOf,
  hasCaBundle,
  holdsAuthorities,
  otherKeeper,
  type WebhookConfiguration,
  wantedAuthorities,
  withoutOwners,
} from './webhook-configuration.ts';

/** The caBundle of one configuration. */
export interface CaBundle {
  readonly read: () => Promise<WebhookConfiguration>;
  /**
   * Makes caBundle of every webhook of the configuration these CAs, where it is not. Read before the CAs were, and
   * written only where it is still the same, caBundle never goes back to older ones: throws an ApiError with code 409
   * where the configuration is not any more as it was read. Where caBundle is not ours to keep, nothing is written; an
   * Error says so if it does not hold the CAs.
   */
  readonly keep: (configuration: WebhookConfiguration, authorities: readonly string[]) => Promise<void>;
}

interface CaBundleOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly events: CertificateEvents;
}

const fieldManager = 'downlink-ca-bundle';

/** `mismatch` is told when caBundle is not any more what this replica had seen there, before it is put right. */
export function createCaBundle(
  { api, log, events }: CaBundleOptions,
  reference: ConfigurationReference,
  mismatch: () => void,
): CaBundle {
  const { kind, name } = reference;
  const path = `${collectionOf(reference)}/${name}`;
  let seen: string | undefined; // caBundle, when it was last right
  let ownersStay = false; // tried in vain
  let keeper: string | undefined; // who keeps it instead of us, as last told

  const leave = (configuration: WebhookConfiguration, mode: string, authorities: readonly string[]) => {
    if (keeper !== mode)
      log.info({ kind, configuration: name, mode }, 'the certificate mode has changed; caBundle is left alone');
    keeper = mode;
    seen = undefined;
    if (holdsAuthorities(configuration, authorities)) return;
    mismatch();
    throw new Error(
      `caBundle of ${kind} ${name} is not this replica's to keep, since the chart was installed with certificates.mode ${mode}, and it does not hold this replica's CA`,
    );
  };
  const bundleOf = (configuration: WebhookConfiguration, authorities: readonly string[]) => {
    const wanted = wantedAuthorities(configuration, authorities);
    if (wanted === undefined)
      log.warn({ kind, configuration: name }, "the chart's certificates.caBundle holds no certificate and is left out");
    return caBundle((wanted ?? authorities).join(''));
  };
  /** Nothing depends on it until the chart sets caBundle, so that it is no reason to stop. */
  const disown = async (configuration: WebhookConfiguration) => {
    const managedFields = withoutOwners(configuration, fieldManager);
    const { resourceVersion } = configuration.metadata;
    if (managedFields === undefined || ownersStay) return;
    try {
      await api.patch(path, fieldManager, { metadata: { resourceVersion, managedFields } });
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) throw error;
      ownersStay = true;
      log.warn({ kind, configuration: name, error: messageOf(error) }, 'caBundle keeps its field manager');
    }
  };
  return {
    read: () => api.call<WebhookConfiguration>('GET', path),
    keep: async (configuration, authorities) => {
      const mode = otherKeeper(configuration);
      if (mode !== undefined) return leave(configuration, mode, authorities);
      keeper = undefined;
      const bundle = bundleOf(configuration, authorities);
      let current = configuration;
      if (!hasCaBundle(configuration, bundle)) {
        const changedByOthers = seen === bundle;
        if (changedByOthers) mismatch();
        current = await api.apply(path, fieldManager, withCaBundle(configuration, reference, bundle));
        if (changedByOthers) {
          events.caBundleRepaired();
          log.warn({ kind, configuration: name }, 'caBundle had been changed and was put right');
        }
      }
      seen = bundle;
      await disown(current);
    },
  };
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
