import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAtLeast } from '../../../src/kubernetes/kubernetes-version.ts';
import type { ApiAccess } from '../../../src/kubernetes-api/api-client.ts';
import { eventually } from '../../support/eventually.ts';
import { flagsOf, type Manifest, only, parseManifests } from '../../support/manifests.ts';
import { type Api, accepted, type KubernetesObject } from '../api.ts';
import type { ControlPlane } from '../control-plane.ts';

export const namespace = 'downlink';

/** The objects of install.yaml in a cluster, without pods and webhook configurations. */
export interface Installation {
  readonly plane: ControlPlane;
  /** Access with a token of the service account. */
  readonly access: ApiAccess;
  /** The settings of the Deployment, by name in camel case. */
  readonly flags: Readonly<Record<string, string>>;
  /** The roles of the service account, which tests change. */
  readonly roles: readonly KubernetesObject[];
  /** The policies that restrict the service account, and their bindings; none before Kubernetes 1.30. */
  readonly policies: readonly KubernetesObject[];
  readonly secret: KubernetesObject;
  /** Returns the webhook configurations without caBundle, with a port of the loopback address. */
  readonly configurationsFor: (port: number) => {
    readonly mutating: KubernetesObject;
    readonly validating: KubernetesObject;
  };
}

/** Creates the objects of install.yaml as the administrator, with no replicas. */
export async function install(plane: ControlPlane): Promise<Installation> {
  const { api } = plane;
  const manifests = parseManifests(await readFile('deploy/install.yaml', 'utf8'));
  const deployment = only(manifests, 'Deployment');
  for (const kind of ['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']) {
    await create(api, only(manifests, kind));
  }
  const policies = isAtLeast(plane.version, 1, 30)
    ? manifests.filter(({ kind }) => /^ValidatingAdmissionPolicy/.test(kind))
    : [];
  for (const policy of policies) await create(api, policy);
  await create(api, { ...deployment, spec: { ...deployment.spec, replicas: 0 } });
  const settings = flagsOf(deployment.spec.template.spec.containers[0]);
  return {
    plane,
    access: await accessOf(plane, only(manifests, 'ServiceAccount')),
    flags: {
      ...Object.fromEntries(settings.map(([name, value]) => [camelCase(name), value])),
      namespace, // from the downward API
      port: '0',
      healthPort: '0',
      bindAddress: '127.0.0.1',
    },
    roles: [only(manifests, 'Role'), only(manifests, 'ClusterRole')],
    policies,
    secret: { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'downlink-certificates' } },
    configurationsFor: (port) => {
      const calling = (kind: string) => {
        const configuration = only(manifests, kind);
        const webhooks = configuration.webhooks.map((webhook: Manifest) => ({
          ...webhook,
          clientConfig: { url: `https://127.0.0.1:${port}${webhook.clientConfig.service.path}` },
        }));
        return { ...configuration, webhooks };
      };
      return {
        mutating: calling('MutatingWebhookConfiguration'),
        validating: calling('ValidatingWebhookConfiguration'),
      };
    },
  };
}

async function create(api: Api, object: KubernetesObject): Promise<void> {
  await eventually(async () => accepted(await api.create(object))); // 404 before the namespace exists
}

/** Returns access to the API server with a token of a service account. */
export async function accessOf({ api, kubeconfig }: ControlPlane, account: KubernetesObject): Promise<ApiAccess> {
  const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8'));
  const token = await tokenOf(api, account);
  return {
    server: clusters[0].cluster.server,
    ca: await readFile(join(dirname(kubeconfig), 'ca.crt'), 'utf8'),
    token: () => Promise.resolve(token),
  };
}

/** Returns a token from the API server, as the kubelet requests one. */
export async function tokenOf(api: Api, { metadata }: KubernetesObject): Promise<string> {
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${metadata.name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { status } = accepted<{ status: { token: string } }>(await api.request('POST', path, body));
  return status.token;
}

/** Returns `health-port` as `healthPort`. */
export function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
