import { valueAt } from '../../json/json-value.ts';
import { injects, type ServiceReference } from '../registered-webhook.ts';
import { deploymentOfService, type WebhookSettings, webhookSettings } from '../webhook-deployment.ts';
import { readDeployments, readVersion, readWebhooks } from './cluster-objects.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { createRefusedRequests } from './refused-requests.ts';

/** The settings of a cluster that affect the pods of a manifest. */
export interface ClusterSettings {
  /** The API server's version as it reports it: `1.36`; undefined if it cannot be read. */
  readonly kubernetesVersion: string | undefined;
  /** The settings of the installed webhook; undefined if there is none or they cannot be read. */
  readonly installed: InstalledSettings | undefined;
  /** What cannot be read, and what replaces it: clauses. */
  readonly notes: readonly string[];
}

/** The settings of the webhook that is installed in a cluster. */
export type InstalledSettings = Pick<WebhookSettings, 'flags' | 'environment'> & {
  readonly file: SettingsText | undefined;
};

/** The settings file of the webhook, from its ConfigMap. */
export interface SettingsText {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads the version of a cluster and the settings of its webhook. Leaves out what the user may not read, with a note. Throws
 * if the connection fails or the credentials are not accepted.
 */
export async function readClusterSettings(reader: ClusterReader): Promise<ClusterSettings> {
  const { notes, note, unlessRefused } = createRefusedRequests();
  const kubernetesVersion = await unlessRefused(
    () => readVersion(reader),
    (reason) => `${reason}; continuing without the Kubernetes version`,
  );
  const withDefaults = (reason: string) => `${reason}; using default settings for the webhook`;
  const search = await unlessRefused(() => findInstalledSettings(reader), withDefaults);
  if (search?.kind === 'not-found') note(withDefaults(search.reason));
  return { kubernetesVersion, installed: search?.kind === 'found' ? search.settings : undefined, notes };
}

type SettingsSearch =
  | { readonly kind: 'found'; readonly settings: InstalledSettings }
  | { readonly kind: 'not-found'; readonly reason: string };

async function findInstalledSettings(reader: ClusterReader): Promise<SettingsSearch> {
  const webhooks = (await readWebhooks(reader, ['mutatingwebhookconfigurations'])).filter(injects);
  if (webhooks.length === 0) return { kind: 'not-found', reason: 'Downlink is not installed in the cluster' };
  for (const service of webhooks.flatMap((webhook) => webhook.service ?? [])) {
    const deployment = await readDeploymentOf(reader, service);
    if (deployment === undefined) continue;
    const { file, flags, environment } = webhookSettings(deployment);
    const text = file && (await readConfigMap(reader, service.namespace, file));
    return { kind: 'found', settings: { flags, environment, file: text } };
  }
  return { kind: 'not-found', reason: 'the Service of the webhook selects no Deployment' };
}

async function readDeploymentOf(reader: ClusterReader, { namespace, name }: ServiceReference): Promise<unknown> {
  const service = await reader.get(`/api/v1/namespaces/${namespace}/services/${name}`);
  return deploymentOfService(await readDeployments(reader, namespace), service);
}

async function readConfigMap(
  reader: ClusterReader,
  namespace: string,
  { configMap, key }: NonNullable<WebhookSettings['file']>,
): Promise<SettingsText> {
  const object = await reader.get(`/api/v1/namespaces/${namespace}/configmaps/${configMap}`);
  const text = valueAt(object, ['data', key]);
  return { name: `ConfigMap ${namespace}/${configMap}`, text: typeof text === 'string' ? text : '' };
}
