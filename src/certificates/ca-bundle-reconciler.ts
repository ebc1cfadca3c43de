import type { Logger } from 'pino';
import type { ApiClient } from '../kubernetes-api/api-client.ts';
import { createOwnershipRelease } from './ca-bundle-ownership.ts';
import { type CertificateList, encodeCaBundle } from './certificate.ts';
import type { CertificateEvents } from './certificate-events.ts';
import {
  type ConfigurationReference,
  collectionOf,
  desiredAuthorities,
  hasCaBundle,
  otherManager,
  trustsAuthorities,
  type WebhookConfiguration,
} from './webhook-configuration.ts';

/** Keeps caBundle of one webhook configuration up to date. */
export interface CaBundleReconciler {
  readonly read: () => Promise<WebhookConfiguration>;
  /**
   * Sets caBundle of every webhook in the configuration to these CAs, unless it is already correct. Read the configuration
   * before the CAs: caBundle then never goes back to older CAs, because this throws an ApiError with code 409 if the
   * configuration has changed since. If another certificate mode manages caBundle, writes nothing, and throws an Error if
   * caBundle does not include the CAs.
   */
  readonly reconcile: (configuration: WebhookConfiguration, authorities: CertificateList) => Promise<void>;
}

export interface CaBundleOptions {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly events: Pick<CertificateEvents, 'caBundleRepaired'>;
  readonly reference: ConfigurationReference;
  /** Called when caBundle has changed since this replica last saw it, before it is repaired. */
  readonly onMismatch: () => void;
}

const fieldManager = 'downlink-ca-bundle';

export function createCaBundleReconciler(options: CaBundleOptions): CaBundleReconciler {
  const { api, log, events, reference, onMismatch } = options;
  const { kind, name } = reference;
  const path = `${collectionOf(reference)}/${name}`;
  const releaseOwnership = createOwnershipRelease({ api, log, reference, path, fieldManager });
  let lastGood: { readonly bundle: string; readonly webhooks: ReadonlySet<string> } | undefined;
  let loggedMode: string | undefined;

  const leaveUnchanged = (configuration: WebhookConfiguration, mode: string, authorities: CertificateList) => {
    if (loggedMode !== mode)
      log.info({ kind, configuration: name, mode }, 'the certificate mode has changed; leaving caBundle unchanged');
    loggedMode = mode;
    lastGood = undefined;
    if (trustsAuthorities(configuration, authorities)) return;
    onMismatch();
    throw new Error(
      `caBundle of ${kind} ${name} does not include this replica's CA, and this replica does not manage it, because the chart was installed with certificates.mode ${mode}`,
    );
  };
  /** Sets caBundle if it differs. Returns the resulting configuration. */
  const applyBundle = async (configuration: WebhookConfiguration, bundle: string): Promise<WebhookConfiguration> => {
    if (hasCaBundle(configuration, bundle)) return configuration;
    // an upgrade of the chart can add a webhook, which is no repair
    const isRepair = lastGood?.bundle === bundle && !hasCaBundle(configuration, bundle, lastGood.webhooks);
    if (isRepair) onMismatch();
    const body = withCaBundle(configuration, reference, bundle);
    const applied = await api.apply<WebhookConfiguration>(path, fieldManager, body);
    if (isRepair) {
      events.caBundleRepaired();
      log.warn({ kind, configuration: name }, 'somebody else changed caBundle; it has been repaired');
    }
    return applied;
  };
  return {
    read: () => api.call<WebhookConfiguration>('GET', path),
    reconcile: async (configuration, authorities) => {
      const mode = otherManager(configuration);
      if (mode !== undefined) return leaveUnchanged(configuration, mode, authorities);
      loggedMode = undefined;
      const desired = desiredAuthorities(configuration, authorities);
      if (desired === undefined)
        log.warn(
          { kind, configuration: name },
          "the chart's certificates.caBundle contains no certificate; ignoring it",
        );
      const bundle = encodeCaBundle(desired ?? authorities);
      const applied = await applyBundle(configuration, bundle);
      lastGood = { bundle, webhooks: new Set(configuration.webhooks?.map(({ name }) => name)) };
      await releaseOwnership(applied);
    },
  };
}

/** Returns the body of a server-side apply with a field manager that owns only caBundle. */
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
