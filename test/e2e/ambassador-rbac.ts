import { create, kubectl } from './kubectl.ts';
import { namespace, otherNamespace } from './settings.ts';

const name = 'reached-by-ambassadors'; // without the name of the release, whose objects must all be gone in the end
const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
const rbac = 'rbac.authorization.k8s.io';

/** Allows the pods everything that the ambassador must reject, so that only the ambassador rejects it. */
export async function grantRights(): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['pods', 'secrets', 'configmaps'], verbs: ['get', 'list', 'create'] }];
  for (const where of [namespace, otherNamespace]) {
    await create(where, { ...object('Role'), rules }, { ...object('RoleBinding'), ...bindingTo('Role') });
  }
  const everywhere = [
    { nonResourceURLs: ['/'], verbs: ['get'] }, // not allowed by default
    { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['list'] },
  ];
  await create(
    namespace,
    { ...object('ClusterRole'), rules: everywhere },
    { ...object('ClusterRoleBinding'), ...bindingTo('ClusterRole') },
  );
}

/** Removes the objects that are not deleted with the namespaces. */
export async function revokeRights(): Promise<void> {
  await kubectl(['delete', 'clusterrole,clusterrolebinding', name, '--ignore-not-found']);
}

function object(kind: string) {
  return { apiVersion: `${rbac}/v1`, kind, metadata: { name } };
}

function bindingTo(kind: string) {
  return { roleRef: { apiGroup: rbac, kind, name }, subjects };
}
