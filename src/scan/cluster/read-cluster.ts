import { parseConfig } from '../../config/config.ts';
import { valueAt } from '../../json/json-value.ts';
import { type KubernetesVersion, parseKubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import type { Labels } from '../../kubernetes/label-selector.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import type { ScanOptions } from '../profile-findings.ts';
import { injects, type RegisteredWebhook, type ServiceReference } from '../registered-webhook.ts';
import { type InstallationView, registrations } from '../registration.ts';
import type { ClusterView } from '../scan-cluster.ts';
import { readVersion, readWebhooks } from './cluster-objects.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { AccessError } from './kubeconfig.ts';
import { readInstallation } from './read-installation.ts';
import { readPods, readWorkloads } from './read-workloads.ts';
import { createRefusedRequests } from './refused-requests.ts';
import type { ScanRequests } from './scan-requests.ts';

/**
 * Reads a namespace, or all namespaces if it is undefined. Leaves out what the user may not read, with a note. Throws if
 * pods cannot be listed, and an AccessError if the namespace does not exist.
 */
export async function readCluster(
  reader: ClusterReader,
  namespace: string | undefined,
  now: Date,
): Promise<ClusterView> {
  const { notes, unlessRefused } = createRefusedRequests();
  const requests: ScanRequests = {
    reader,
    read: (what, request) => unlessRefused(request, (reason) => `cannot read ${what}: ${reason}`),
  };
  const version = await requests.read('the version of the API server', () => readVersion(reader));
  const kubernetesVersion = version === undefined ? undefined : parseKubernetesVersion(version);
  const namespaces = await requests.read('namespace labels', () => readNamespaces(reader, namespace));
  const webhooks = await requests.read('webhook configurations', () =>
    readWebhooks(reader, ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']),
  );
  const installations: InstallationView[] = [];
  for (const service of servicesOf(webhooks ?? [])) installations.push(await readInstallation(requests, service));
  const [first] = registrations(webhooks ?? [], installations, { now, expiringWithin: 0 });
  const options = injectionOptions(first?.installation, kubernetesVersion);

  const { controllers, workloads, workloadCount } = await readWorkloads(requests, namespace, options);
  const { pods, podCount, namespacesOfPods } = await readPods(reader, namespace, options);
  const scanned = {
    pods: podCount,
    namespaces: namespace === undefined ? (namespaces?.size ?? namespacesOfPods.size) : 1,
    optedIn: pods.filter(({ optedIn }) => optedIn).length,
    workloads: workloadCount,
  };
  const { server } = reader;
  const objects = { namespaces, controllers, pods, workloads };
  return { server, kubernetesVersion, webhooks, installations, ...objects, scanned, notes };
}

async function readNamespaces(reader: ClusterReader, name: string | undefined): Promise<ReadonlyMap<string, Labels>> {
  const labels = new Map<string, Labels>();
  const add = (namespace: unknown) =>
    labels.set(
      String(valueAt(namespace, ['metadata', 'name'])),
      (valueAt(namespace, ['metadata', 'labels']) ?? {}) as Labels,
    );
  if (name === undefined) {
    for await (const page of reader.pages('/api/v1/namespaces')) page.forEach(add);
    return labels;
  }
  try {
    add(await reader.get(`/api/v1/namespaces/${encodeURIComponent(name)}`));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
    throw new AccessError(
      `there is no namespace ${JSON.stringify(name)} at ${reader.server}; select another one with --namespace, or all with --all-namespaces`,
    );
  }
  return labels;
}

/** Returns the Services of the webhooks that inject, each once. */
function servicesOf(webhooks: readonly RegisteredWebhook[]): readonly ServiceReference[] {
  const services = webhooks.filter(injects).flatMap(({ service }) => service ?? []);
  return [...new Map(services.map((service) => [`${service.namespace}/${service.name}`, service])).values()];
}

/** Returns the options of the running webhook if they can be read, else the defaults. */
function injectionOptions(
  installation: InstallationView | undefined,
  kubernetesVersion: KubernetesVersion | undefined,
): ScanOptions {
  const defaults = parseConfig({ flags: {}, environment: {}, file: undefined });
  if (defaults.kind === 'invalid') throw new Error('the default settings are invalid');
  const { ambassador, clusterName, profiles, ...running } = installation?.running?.config ?? defaults.config;
  const version = running.kubernetesVersion ?? kubernetesVersion;
  const profilesAreKnown = installation?.running?.profilesAreKnown === true;
  return { ambassador, clusterName, profiles, kubernetesVersion: version, onInvalid: 'deny', profilesAreKnown };
}
