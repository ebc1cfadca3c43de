import { parseSettings } from '../../config/parse-settings.ts';
import type { SettingsFile } from '../../config/setting-sources.ts';
import { listAt, valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import type { ServingSecret } from '../certificate-findings.ts';
import type { ServiceReference } from '../registered-webhook.ts';
import type { InstallationView } from '../registration.ts';
import { deploymentOfService, runningWebhook, type WebhookSettings, webhookSettings } from '../webhook-deployment.ts';
import type { ServiceFacts } from '../webhook-findings.ts';
import { type OptionalObject, readDeployments, readList, readOptional } from './cluster-objects.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ScanRequests } from './scan-requests.ts';

/** Reads the Service of a webhook, and its endpoints, Deployment, and certificate. */
export async function readInstallation(
  { reader, read }: ScanRequests,
  service: ServiceReference,
): Promise<InstallationView> {
  const { namespace, name } = service;
  const core = `/api/v1/namespaces/${namespace}`;
  const serviceObject = await read(`the Service ${namespace}/${name}`, () =>
    readOptional(reader, `${core}/services/${name}`),
  );
  const readyEndpoints = await read(`the endpoints of ${namespace}/${name}`, () => countReady(reader, service));
  const deployments = await read(`Deployments in ${namespace}, so the scan assumes default webhook settings`, () =>
    readDeployments(reader, namespace),
  );
  const readFile = async (file: WebhookSettings['file']) =>
    file &&
    (await read(`the profiles of the webhook in the ConfigMap ${namespace}/${file.configMap}`, () =>
      readSettings(reader, `${core}/configmaps/${file.configMap}`, file),
    ));
  const deployment = deploymentOfService(
    deployments ?? [],
    serviceObject?.kind === 'found' ? serviceObject.object : undefined,
  );
  const file = deployment === undefined ? undefined : await readFile(webhookSettings(deployment).file);
  const running = deployment === undefined ? undefined : runningWebhook(deployment, file);
  const secretName = running?.certificateSecret ?? `${name}-certificates`; // the chart's default
  const secret = await read(`the serving certificate in the Secret ${namespace}/${secretName}`, () =>
    readCertificate(reader, `${core}/secrets/${secretName}`, secretName),
  );
  return { service, serviceFacts: serviceFacts(serviceObject, readyEndpoints), running, secret };
}

function serviceFacts(service: OptionalObject | undefined, readyEndpoints: number | undefined): ServiceFacts {
  if (service === undefined) return { kind: 'unknown', readyEndpoints };
  if (service.kind === 'missing') return service;
  const ports = listAt(service.object, ['spec', 'ports']).map((port) => Number(valueAt(port, ['port'])));
  return { kind: 'found', ports, readyEndpoints };
}

/** Counts ready endpoints from EndpointSlices, and before Kubernetes 1.21 from Endpoints. */
async function countReady(reader: ClusterReader, { namespace, name }: ServiceReference): Promise<number> {
  try {
    const selector = encodeURIComponent(`kubernetes.io/service-name=${name}`);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
    const endpoints = (await readList(reader, path)).flatMap((slice) => listAt(slice, ['endpoints']));
    return endpoints.filter((one) => valueAt(one, ['conditions', 'ready']) !== false).length;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
  }
  const endpoints = await readOptional(reader, `/api/v1/namespaces/${namespace}/endpoints/${name}`);
  if (endpoints.kind === 'missing') return 0;
  return listAt(endpoints.object, ['subsets']).flatMap((one) => listAt(one, ['addresses'])).length;
}

/** Reads a settings file from a ConfigMap; undefined if it does not exist or is not YAML, with which no server starts. */
async function readSettings(
  reader: ClusterReader,
  path: string,
  { configMap, key }: NonNullable<WebhookSettings['file']>,
): Promise<SettingsFile | undefined> {
  const found = await readOptional(reader, path);
  const text = found.kind === 'found' ? valueAt(found.object, ['data', key]) : undefined;
  if (typeof text !== 'string') return undefined;
  const content = await parseSettings(text).catch(() => undefined);
  return content === undefined ? undefined : { name: `ConfigMap ${configMap}`, content };
}

/** Reads the certificate in a Secret, and drops the private key. */
async function readCertificate(reader: ClusterReader, path: string, name: string): Promise<ServingSecret> {
  const secret = await readOptional(reader, path);
  if (secret.kind === 'missing') return { kind: 'missing', name };
  const encoded = String(valueAt(secret.object, ['data', 'tls.crt']) ?? '');
  return { kind: 'found', name, certificate: Buffer.from(encoded, 'base64').toString() };
}
