import { valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import { type RegisteredWebhook, registeredWebhooks } from '../registered-webhook.ts';
import type { ClusterReader } from './cluster-reader.ts';

/** An object of the cluster that may not exist. */
export type OptionalObject = { readonly kind: 'found'; readonly object: unknown } | { readonly kind: 'missing' };

/** Returns the object at a path. Throws for any error but 404. */
export async function readOptional(reader: ClusterReader, path: string): Promise<OptionalObject> {
  try {
    return { kind: 'found', object: await reader.get(path) };
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return { kind: 'missing' };
    throw error;
  }
}

/** Returns all items of a list, which must be short. */
export async function readList(reader: ClusterReader, path: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for await (const page of reader.pages(path)) items.push(...page);
  return items;
}

/** Returns the API server's version as it reports it, for example `1.36` or `1.36+`; undefined if it reports none. */
export async function readVersion(reader: ClusterReader): Promise<string | undefined> {
  const info = await reader.get('/version');
  const [major, minor] = [valueAt(info, ['major']), valueAt(info, ['minor'])];
  return typeof major === 'string' && typeof minor === 'string' ? `${major}.${minor}` : undefined;
}

/** Returns Downlink's webhooks in the configurations of these kinds. */
export async function readWebhooks(
  reader: ClusterReader,
  collections: readonly ('mutatingwebhookconfigurations' | 'validatingwebhookconfigurations')[],
): Promise<readonly RegisteredWebhook[]> {
  const webhooks: RegisteredWebhook[] = [];
  for (const collection of collections) {
    const configurations = await readList(reader, `/apis/admissionregistration.k8s.io/v1/${collection}`);
    webhooks.push(...configurations.flatMap(registeredWebhooks));
  }
  return webhooks;
}

/** Returns the Deployments of a namespace. */
export function readDeployments(reader: ClusterReader, namespace: string): Promise<readonly unknown[]> {
  return readList(reader, `/apis/apps/v1/namespaces/${namespace}/deployments`);
}

/** Returns the names of all namespaces. */
export async function namespaceNames(reader: ClusterReader): Promise<readonly string[]> {
  const namespaces = await readList(reader, '/api/v1/namespaces');
  return namespaces.map((namespace) => String(valueAt(namespace, ['metadata', 'name'])));
}
