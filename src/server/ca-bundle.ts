import { caBundle } from '../certificates/issue.ts';
import type { ApiClient, ApiObject } from '../kubernetes/api-client.ts';

export interface WebhookConfiguration extends ApiObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
}

const fieldManager = 'downlink-ca-bundle';

/** Whether caBundle of every webhook of the configuration is exactly these CAs. */
export function holdsAuthorities({ webhooks = [] }: WebhookConfiguration, authorities: readonly string[]): boolean {
  const bundle = caBundle(authorities.join(''));
  return webhooks.every(({ clientConfig }) => clientConfig?.caBundle === bundle);
}

/**
 * Makes caBundle of every webhook of a configuration these CAs, and nothing else of it: by server-side apply under a
 * field manager of its own, which leaves the rest to whoever made the configuration. Throws an ApiError with code 409
 * where the configuration is not any more as it was read.
 */
export async function writeAuthorities(
  api: ApiClient,
  path: string,
  { apiVersion, kind, metadata, webhooks = [] }: WebhookConfiguration,
  authorities: readonly string[],
): Promise<void> {
  const bundle = caBundle(authorities.join(''));
  const { name, resourceVersion } = metadata;
  await api.apply(path, fieldManager, {
    apiVersion: apiVersion ?? 'admissionregistration.k8s.io/v1',
    kind: kind ?? 'MutatingWebhookConfiguration',
    metadata: { name, resourceVersion },
    webhooks: webhooks.map((webhook) => ({ name: webhook.name, clientConfig: { caBundle: bundle } })),
  });
}
