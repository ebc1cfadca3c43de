import { ambassadorName } from '../annotations/injected-names.ts';
import { listAt, valueAt } from '../json/json-value.ts';
import type { Hint, ManifestFinding } from './manifest-finding.ts';
import type { ManifestObject } from './manifest-objects.ts';

/** The ServiceAccount of a pod with an ambassador, which acts as that account. */
export interface AmbassadorAccount {
  readonly namespace: string;
  readonly account: string;
  /** Creates the hint that no role is bound to the account. */
  readonly hint: (message: string) => ManifestFinding;
  /** What the pod says about a token of its own. */
  readonly token: 'mounted' | 'not-mounted' | 'as-the-account-says';
  /** The hint that the application has a token, too. */
  readonly tokenHint: ManifestFinding;
}

/** The RBAC objects of the manifests: ServiceAccounts, and the subjects of role bindings, by user or group name. */
export interface RbacObjects {
  readonly accounts: Set<string>;
  /** The accounts whose pods get no token unless they say so. */
  readonly accountsWithoutToken: Set<string>;
  readonly subjects: Set<string>;
}

const rbacKinds = ['ServiceAccount', 'RoleBinding', 'ClusterRoleBinding'] as const;

/** Matches the text of documents that may contain a ServiceAccount or a role binding. */
export const rbacInText = new RegExp(`(?:${rbacKinds.join('|')})`);

/** Adds a ServiceAccount, or the subjects of a role binding. */
export function collectRbac(object: ManifestObject, defaultNamespace: string, rbac: RbacObjects): void {
  const { kind, name, value } = object;
  const namespace = object.namespace ?? defaultNamespace;
  if (kind === 'ServiceAccount') {
    const user = userOf(namespace, name);
    rbac.accounts.add(user);
    if (valueAt(value, ['automountServiceAccountToken']) === false) rbac.accountsWithoutToken.add(user);
  }
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return;
  for (const subject of listAt(value, ['subjects'])) {
    const subjectName = String(valueAt(subject, ['name']));
    const subjectNamespace = String(valueAt(subject, ['namespace']) ?? namespace);
    const isAccount = valueAt(subject, ['kind']) === 'ServiceAccount';
    rbac.subjects.add(isAccount ? userOf(subjectNamespace, subjectName) : subjectName);
  }
}

/** Returns a hint for each ambassador whose ServiceAccount is in the manifests, but has no role bound to it there. */
export function hintsOfMissingRoles(
  ambassadors: readonly AmbassadorAccount[],
  { accounts, subjects }: RbacObjects,
): readonly ManifestFinding[] {
  return ambassadors.flatMap(({ namespace, account, hint }) => {
    const user = userOf(namespace, account);
    const names = [user, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    if (!accounts.has(user) || names.some((name) => subjects.has(name))) return [];
    const example = `kubectl create rolebinding ${account}-view --clusterrole=view --serviceaccount=${namespace}:${account} --namespace=${namespace}`;
    return hint(
      `the ${ambassadorName} acts as ServiceAccount ${account}, and these files bind no Role or ClusterRole to it; bind one, for example with: ${example}`,
    );
  });
}

/** The hint about a pod whose application has a token, although it can use the ambassador. */
export const applicationToken: Hint = {
  code: 'application-token',
  field: 'spec.automountServiceAccountToken',
  detail:
    "the application's containers have a token of their own, besides that of the ambassador; if they use only the ambassador, set it to false",
};

/** Returns what `spec.automountServiceAccountToken` of a pod means. */
export function tokenOf(automount: unknown): AmbassadorAccount['token'] {
  if (automount === undefined || automount === null) return 'as-the-account-says';
  return automount === false ? 'not-mounted' : 'mounted';
}

/** Returns the hints about ambassadors beside an application that has a token, too. By default, each pod has one. */
export function hintsOfApplicationTokens(
  ambassadors: readonly AmbassadorAccount[],
  { accountsWithoutToken }: RbacObjects,
): readonly ManifestFinding[] {
  return ambassadors
    .filter(
      ({ namespace, account, token }) =>
        token === 'mounted' ||
        (token === 'as-the-account-says' && !accountsWithoutToken.has(userOf(namespace, account))),
    )
    .map(({ tokenHint }) => tokenHint);
}

/** Returns the user name of a ServiceAccount. */
function userOf(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
