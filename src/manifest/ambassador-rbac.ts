import { ambassadorName } from '../annotations/injected-names.ts';
import { listAt, valueAt } from '../json/json-value.ts';
import type { ManifestFinding } from './manifest-finding.ts';
import type { ManifestObject } from './manifest-objects.ts';

/** A pod that has an ambassador, and the ServiceAccount whose rights that uses. */
export interface RightsNeeded {
  readonly namespace: string;
  readonly account: string;
  /** What to tell where the account turns out to have none. */
  readonly hint: (message: string) => ManifestFinding;
}

/** What the manifests say about rights: accounts, and the subjects that a role is bound to. */
export interface RightsGiven {
  readonly accounts: Set<string>;
  readonly subjects: Set<string>;
}

const rightsKinds = ['ServiceAccount', 'RoleBinding', 'ClusterRoleBinding'] as const;

/** Whether a document's text may hold an object that says something about rights. */
export const mentionsRights = new RegExp(`(?:${rightsKinds.join('|')})`);

/** Takes what an object says about rights to the rest. */
export function gatherRights({ kind, name, namespace, value }: ManifestObject, home: string, given: RightsGiven): void {
  if (kind === 'ServiceAccount') given.accounts.add(accountOf(namespace ?? home, name));
  if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return;
  for (const subject of listAt(value, ['subjects'])) {
    const subjectName = String(valueAt(subject, ['name']));
    const subjectNamespace = valueAt(subject, ['namespace']) ?? namespace ?? home;
    const isAccount = valueAt(subject, ['kind']) === 'ServiceAccount';
    given.subjects.add(isAccount ? accountOf(String(subjectNamespace), subjectName) : subjectName);
  }
}

/** The hints about ambassadors whose ServiceAccount stands in the manifests and has no role bound to it there. */
export function hintsOfMissingRights(
  needed: readonly RightsNeeded[],
  { accounts, subjects }: RightsGiven,
): readonly ManifestFinding[] {
  return needed.flatMap(({ namespace, account, hint }) => {
    const user = accountOf(namespace, account);
    const names = [user, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    if (!accounts.has(user) || names.some((name) => subjects.has(name))) return [];
    const example = `kubectl create rolebinding ${account}-view --clusterrole=view --serviceaccount=${namespace}:${account} --namespace=${namespace}`;
    return hint(
      `the ${ambassadorName} acts as ServiceAccount ${account}, and these files bind no Role or ClusterRole to it; for example ${example}`,
    );
  });
}

/** As the API server names a ServiceAccount among users. */
function accountOf(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
