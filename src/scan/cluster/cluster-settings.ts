import { valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import { deploymentBehind, type WebhookSettings, webhookSettings } from '../installation.ts';
import { injects, type RegisteredWebhook, registeredWebhooks, type ServiceReference } from '../registered-webhook.ts';
import type { ClusterReader } from './cluster-reader.ts';

/** What decides in a cluster about a pod of a manifest. */
export interface ClusterSettings {
  /** The API server's, as it calls it: `1.36`; undefined where it does not tell. */
  readonly kubernetesVersion: string | undefined;
  /** Of the webhook that is installed there; undefined where there is none, or it cannot be seen. */
  readonly webhook: (Omit<WebhookSettings, 'file'> & { readonly file: SettingsText | undefined }) | undefined;
  /** What could not be seen, and what stands for it: sentences. */
  readonly notes: readonly string[];
}

/** The settings file of the webhook, as a ConfigMap holds it. */
export interface SettingsText {
  readonly name: string;
  readonly text: string;
}

/**
 * Asks a cluster for its version and for the settings of the webhook that runs there. What may not be read is left out with a
 * note; throws what the connection fails with, and for credentials that are not accepted.
 */
export async function readClusterSettings(reader: ClusterReader): Promise<ClusterSettings> {
  const notes: string[] = [];
  const unlessRefused = async <T>(instead: string, request: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 401) throw error;
      notes.push(`${error.message}; ${instead}`);
      return undefined;
    }
  };
  const answer = await unlessRefused('continuing without the Kubernetes version', () => reader.get('/version'));
  const version = [valueAt(answer, ['major']), valueAt(answer, ['minor'])];
  const webhook = await unlessRefused(defaultsStand, () => findWebhook(reader));
  if (typeof webhook === 'string') notes.push(`${webhook}; ${defaultsStand}`);
  return {
    kubernetesVersion: answer === undefined ? undefined : version.join('.'),
    webhook: typeof webhook === 'string' ? undefined : webhook,
    notes,
  };
}

const defaultsStand = 'using default settings for the webhook';

/** The settings of the webhook, or why there are none to be found. */
async function findWebhook(reader: ClusterReader): Promise<NonNullable<ClusterSettings['webhook']> | string> {
  const webhooks: RegisteredWebhook[] = [];
  for await (const page of reader.pages('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'))
    webhooks.push(...page.flatMap(registeredWebhooks).filter(injects));
  if (webhooks.length === 0) return 'Downlink is not installed in the cluster';
  const services = webhooks.flatMap(({ service }) => service ?? []);
  for (const service of services) {
    const deployment = await deploymentOf(reader, service);
    if (deployment === undefined) continue;
    const { file, ...settings } = webhookSettings(deployment);
    return { ...settings, file: file && (await readConfigMap(reader, service.namespace, file)) };
  }
  return 'no Deployment is behind the webhook';
}

async function deploymentOf(reader: ClusterReader, { namespace, name }: ServiceReference): Promise<unknown> {
  const deployments: unknown[] = [];
  const service = await reader.get(`/api/v1/namespaces/${namespace}/services/${name}`);
  for await (const page of reader.pages(`/apis/apps/v1/namespaces/${namespace}/deployments`)) deployments.push(...page);
  return deploymentBehind(deployments, service);
}

async function readConfigMap(
  reader: ClusterReader,
  namespace: string,
  { configMap, key }: NonNullable<WebhookSettings['file']>,
): Promise<SettingsText> {
  const found = await reader.get(`/api/v1/namespaces/${namespace}/configmaps/${configMap}`);
  const text = valueAt(found, ['data', key]);
  return { name: `ConfigMap ${namespace}/${configMap}`, text: typeof text === 'string' ? text : '' };
}
