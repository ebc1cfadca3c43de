import { create, kubectl } from './kubectl.ts';
import { namespace, otherNamespace } from './settings.ts';

const name = 'reached-by-ambassadors'; // not of the release's name, which must leave nothing behind
const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
const rbac = 'rbac.authorization.k8s.io';

/** Lets the pods do all that they are to be kept from, so that nobody but the ambassador does that. */
export async function grantRights(): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['pods', 'secrets', 'configmaps'], verbs: ['get', 'list', 'create'] }];
  for (const where of [namespace, otherNamespace]) {
    await create(where, { ...object('Role'), rules }, { ...object('RoleBinding'), ...bindingTo('Role') });
  }
  const everywhere = [
    { nonResourceURLs: ['/'], verbs: ['get'] }, // no user has that by default
    { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['list'] },
  ];
  await create(
    namespace,
    { ...object('ClusterRole'), rules: everywhere },
    { ...object('ClusterRoleBinding'), ...bindingTo('ClusterRole') },
  );
}

/** Takes back what would outlive the namespaces. */
export async function revokeRights(): Promise<void> {
  await kubectl(['delete', 'clusterrole,clusterrolebinding', name, '--ignore-not-found']);
}

function object(kind: string) {
  return { apiVersion: `${rbac}/v1`, kind, metadata: { name } };
}

function bindingTo(kind: string) {
  return { roleRef: { apiGroup: rbac, kind, name }, subjects };
}
