import { eventually } from '../support/eventually.ts';
import { type Api, accepted, type KubernetesObject } from './api.ts';
import { podWith } from './pods.ts';

/** Makes a namespace and waits until pods can be created in it. */
export async function makeNamespace(
  api: Api,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  accepted(await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  await makeServiceAccount(api, name, 'default');
}

/**
 * Makes a service account where there is none, and waits until pods can be created with it: a controller manager
 * makes `default` itself, and before 1.24 it makes the account's token only after a while.
 */
export async function makeServiceAccount(api: Api, namespace: string, name: string): Promise<void> {
  const account: KubernetesObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
  await eventually(async () => {
    await api.create(account); // 404 while the namespace is not there yet, 409 where the account is
    const pod = podWith(namespace, 'first', {}, { serviceAccountName: name });
    accepted(await api.create(pod, { dryRun: 'All' }));
  });
}
