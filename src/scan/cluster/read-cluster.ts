import { parseConfig } from '../../config/config.ts';
import type { InjectionOptions } from '../../injection/inject-pod.ts';
import { valueAt } from '../../json/json-value.ts';
import { type KubernetesVersion, parseKubernetesVersion } from '../../kubernetes/kubernetes-version.ts';
import type { Labels } from '../../kubernetes/label-selector.ts';
import { ApiError } from '../../kubernetes-api/api-client.ts';
import { type PodFacts, podFacts } from '../pod-facts.ts';
import { controllerOf, referenceTo } from '../pod-owner.ts';
import { injects, type RegisteredWebhook, registeredWebhooks, type ServiceReference } from '../registered-webhook.ts';
import { type InstallationView, registrations } from '../registration.ts';
import type { ClusterView } from '../scan-cluster.ts';
import { formatObject, type ObjectReference } from '../scan-finding.ts';
import { type WorkloadFacts, workloadFacts } from '../workload-facts.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { AccessError } from './kubeconfig.ts';
import { lookAtInstallation } from './read-installation.ts';

const workloadPaths: readonly (readonly string[])[] = [
  ['apis/apps/v1', 'replicasets'], // before pods: they lead from pods to Deployments
  ['apis/batch/v1', 'jobs'],
  ['apis/apps/v1', 'deployments'],
  ['apis/apps/v1', 'statefulsets'],
  ['apis/apps/v1', 'daemonsets'],
  ['api/v1', 'replicationcontrollers'],
  ['apis/batch/v1', 'cronjobs', 'apis/batch/v1beta1'], // the second before Kubernetes 1.21
];

/**
 * Looks at a namespace, or at all with undefined. What may not be read is left out with a note; throws where pods cannot
 * be listed, and an AccessError where the namespace does not exist.
 */
export async function lookAtCluster(
  reader: ClusterReader,
  namespace: string | undefined,
  now: Date,
): Promise<ClusterView> {
  const notes: string[] = [];
  /** What the request answers; undefined and a note where it is refused, whatever else fails is thrown. */
  const unlessRefused = async <T>(what: string, request: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 401) throw error;
      notes.push(`could not look at ${what}: ${error.message}`);
      return undefined;
    }
  };

  const kubernetesVersion = await unlessRefused('the version of the API server', () => readVersion(reader));
  const namespaces = await unlessRefused('labels of namespaces', () => readNamespaces(reader, namespace));
  const webhooks = await unlessRefused('webhook configurations', () => readWebhooks(reader));
  const installations: InstallationView[] = [];
  for (const service of servicesOf(webhooks ?? []))
    installations.push(await lookAtInstallation(reader, service, unlessRefused));
  const [first] = registrations(webhooks ?? [], installations, now, 0);
  const options = injectionOptions(first?.installation, kubernetesVersion);

  const controllers = new Map<string, ObjectReference>();
  const workloads: WorkloadFacts[] = [];
  let workloadCount = 0;
  for (const [group = '', resource = '', olderGroup] of workloadPaths) {
    await unlessRefused(resource, async () => {
      for await (const page of pagesOf(
        reader,
        pathOf(group, namespace, resource),
        olderGroup && pathOf(olderGroup, namespace, resource),
      )) {
        workloadCount += page.length;
        for (const workload of page) {
          const controller = controllerOf(workload);
          if (controller !== undefined) controllers.set(formatObject(referenceTo(workload)), controller);
          const facts = workloadFacts(workload, options);
          if (facts !== undefined) workloads.push(facts);
        }
      }
    });
  }

  const pods: PodFacts[] = [];
  const namespacesOfPods = new Set<string>();
  let podCount = 0;
  for await (const page of reader.pages(pathOf('api/v1', namespace, 'pods'))) {
    podCount += page.length;
    for (const pod of page) {
      namespacesOfPods.add(String(valueAt(pod, ['metadata', 'namespace'])));
      const facts = podFacts(pod, options);
      if (facts !== undefined) pods.push(facts);
    }
  }
  const lookedAt = {
    pods: podCount,
    namespaces: namespace === undefined ? (namespaces?.size ?? namespacesOfPods.size) : 1,
    optedIn: pods.filter(({ optedIn }) => optedIn).length,
    workloads: workloadCount,
  };
  return {
    server: reader.server,
    kubernetesVersion,
    webhooks,
    installations,
    namespaces,
    controllers,
    pods,
    workloads,
    lookedAt,
    notes,
  };
}

async function readVersion(reader: ClusterReader): Promise<KubernetesVersion | undefined> {
  const answer = await reader.get('/version');
  return parseKubernetesVersion(`${valueAt(answer, ['major'])}.${valueAt(answer, ['minor'])}`);
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
      `there is no namespace ${JSON.stringify(name)} at ${reader.server}; name another one with --namespace, or all with --all-namespaces`,
    );
  }
  return labels;
}

async function readWebhooks(reader: ClusterReader): Promise<readonly RegisteredWebhook[]> {
  const webhooks: RegisteredWebhook[] = [];
  for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    for await (const page of reader.pages(`/apis/admissionregistration.k8s.io/v1/${kind}`))
      webhooks.push(...page.flatMap(registeredWebhooks));
  }
  return webhooks;
}

/** The Services at which the webhooks that inject are called, each once. */
function servicesOf(webhooks: readonly RegisteredWebhook[]): readonly ServiceReference[] {
  const services = webhooks.filter(injects).flatMap(({ service }) => service ?? []);
  return [...new Map(services.map((service) => [`${service.namespace}/${service.name}`, service])).values()];
}

async function* pagesOf(
  reader: ClusterReader,
  path: string,
  olderPath: string | undefined,
): AsyncGenerator<readonly unknown[]> {
  try {
    yield* reader.pages(path);
  } catch (error) {
    if (olderPath === undefined || !(error instanceof ApiError) || error.code !== 404) throw error;
    yield* reader.pages(olderPath);
  }
}

function pathOf(group: string, namespace: string | undefined, resource: string): string {
  return `/${group}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}

/** The options of the webhook that runs there, where they can be seen, else the defaults. */
function injectionOptions(
  installation: InstallationView | undefined,
  kubernetesVersion: KubernetesVersion | undefined,
): InjectionOptions {
  const defaults = parseConfig({ flags: {}, environment: {}, file: undefined });
  if (defaults.kind === 'invalid') throw new Error('the default settings are wrong');
  const { ambassador, kubernetesVersion: told } = installation?.running?.config ?? defaults.config;
  return { ambassador, kubernetesVersion: told ?? kubernetesVersion, onInvalid: 'deny' };
}
