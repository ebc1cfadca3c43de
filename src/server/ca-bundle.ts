import { caBundle } from '../certificates/issue.ts';
import type { ApiClient, ApiObject } from '../kubernetes/api-client.ts';

interface WebhookConfiguration extends ApiObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
}

const fieldManager = 'downlink-ca-bundle';

/**
 * Makes caBundle of every webhook of a configuration the given CAs, and nothing else of it: by server-side apply under
 * a field manager of its own, which leaves the rest to whoever made the configuration. Throws where there is none.
 */
export async function keepCaBundle(
  api: ApiClient,
  path: string,
  authorities: readonly string[],
): Promise<'matched' | 'repaired'> {
  const bundle = caBundle(authorities.join(''));
  const { apiVersion, kind, metadata, webhooks = [] } = await api.call<WebhookConfiguration>('GET', path);
  if (webhooks.every(({ clientConfig }) => clientConfig?.caBundle === bundle)) return 'matched';
  await api.apply(path, fieldManager, {
    apiVersion: apiVersion ?? 'admissionregistration.k8s.io/v1',
    kind: kind ?? 'MutatingWebhookConfiguration',
    metadata: { name: metadata.name },
    webhooks: webhooks.map(({ name }) => ({ name, clientConfig: { caBundle: bundle } })),
  });
  return 'repaired';
}
