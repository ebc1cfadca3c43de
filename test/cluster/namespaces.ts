import { eventually } from '../support/eventually.ts';
import { type Api, accepted, type KubernetesObject } from './api.ts';
import { podWith } from './pods.ts';

/** Creates a namespace and waits until pods can be created in it. */
export async function makeNamespace(
  api: Api,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  accepted(await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  await makeServiceAccount(api, name, 'default');
}

/**
 * Creates a service account if there is none, and waits until pods can be created with it: a controller manager creates
 * `default` itself, and before 1.24 it creates the token of an account only after a while.
 */
export async function makeServiceAccount(api: Api, namespace: string, name: string): Promise<void> {
  const account: KubernetesObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
  await eventually(async () => {
    await api.create(account); // 404 before the namespace exists, 409 if the account exists
    const pod = podWith(namespace, 'first', {}, { serviceAccountName: name });
    accepted(await api.create(pod, { dryRun: 'All' }));
  });
}
