import { listAt, valueAt } from '../../json/json-value.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import type { ServingSecret } from '../certificate-findings.ts';
import { deploymentBehind, runningWebhook } from '../installation.ts';
import type { ServiceReference } from '../registered-webhook.ts';
import type { InstallationView } from '../registration.ts';
import type { ClusterReader } from './cluster-reader.ts';

/** Makes a note of a request that is refused. */
type UnlessRefused = <T>(what: string, request: () => Promise<T>) => Promise<T | undefined>;

/** Looks at what is behind the Service of the webhook: its ports, endpoints, Deployment and certificate. */
export async function lookAtInstallation(
  reader: ClusterReader,
  service: ServiceReference,
  unlessRefused: UnlessRefused,
): Promise<InstallationView> {
  const { namespace, name } = service;
  const core = `/api/v1/namespaces/${namespace}`;
  const found = await unlessRefused(`the Service ${namespace}/${name}`, () =>
    orMissing(reader.get(`${core}/services/${name}`)),
  );
  const readyEndpoints = await unlessRefused(`endpoints of ${namespace}/${name}`, () => countReady(reader, service));
  const deployments = await unlessRefused(
    `deployments in ${namespace}, so defaults stand for the webhook's settings`,
    () => readAll(reader, `/apis/apps/v1/namespaces/${namespace}/deployments`),
  );
  const deployment = deploymentBehind(deployments ?? [], found);
  const running = deployment === undefined ? undefined : runningWebhook(deployment);
  const secretName = running?.certificateSecret ?? `${name}-certificates`; // the chart's
  const secret = await unlessRefused(`the serving certificate in the Secret ${namespace}/${secretName}`, () =>
    readCertificate(reader, `${core}/secrets/${secretName}`, secretName),
  );
  const ports = valueAt(found, ['spec', 'ports']);
  return {
    service,
    serviceFacts: {
      ports: found === 'missing' ? 'missing' : Array.isArray(ports) ? ports.map(({ port }) => Number(port)) : undefined,
      readyEndpoints: found === 'missing' ? undefined : readyEndpoints,
    },
    running,
    secret,
  };
}

/** By EndpointSlices, and before Kubernetes 1.21 by Endpoints. */
async function countReady(reader: ClusterReader, { namespace, name }: ServiceReference): Promise<number> {
  try {
    const selector = encodeURIComponent(`kubernetes.io/service-name=${name}`);
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
    const endpoints = (await readAll(reader, path)).flatMap((slice) => listAt(slice, ['endpoints']));
    return endpoints.filter((one) => valueAt(one, ['conditions', 'ready']) !== false).length;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
  }
  const endpoints = await orMissing(reader.get(`/api/v1/namespaces/${namespace}/endpoints/${name}`));
  return listAt(endpoints, ['subsets']).flatMap((one) => listAt(one, ['addresses'])).length;
}

/** Of the Secret only the certificate is kept, never a key. */
async function readCertificate(reader: ClusterReader, path: string, name: string): Promise<ServingSecret> {
  const secret = await orMissing(reader.get(path));
  if (secret === 'missing') return { name, certificate: 'missing' };
  return { name, certificate: Buffer.from(String(valueAt(secret, ['data', 'tls.crt']) ?? ''), 'base64').toString() };
}

async function readAll(reader: ClusterReader, path: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for await (const page of reader.pages(path)) items.push(...page);
  return items;
}

async function orMissing(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return 'missing';
    throw error;
  }
}
