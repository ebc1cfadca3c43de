import { kubectl, tryKubectl } from './kubectl.ts';

/** An object, as kind, namespace (empty for those of the cluster) and name. */
interface Found {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly instance: string;
}

const columns = ['.kind', '.metadata.namespace', '.metadata.name', '.metadata.labels.app\\.kubernetes\\.io/instance'];
const line = columns.map((column) => `{${column}}`).join('{"\\t"}');

/**
 * Every object of a release in the whole cluster, as `Kind namespace/name`: by label or by name. Events are left out,
 * which end by themselves, and namespaces, which whoever made the release keeps.
 */
export async function objectsOf(release: string): Promise<readonly string[]> {
  const resources = await tryKubectl(['api-resources', '--verbs=list,delete', '-o=name']); // fails for one broken API, yet prints
  const kinds = resources.stdout.split('\n').filter((name) => name !== '' && !/^(events|namespaces)(\.|$)/.test(name));
  const all = await kubectl([
    ...['get', kinds.join(','), '--all-namespaces', '--ignore-not-found'],
    `-o=jsonpath={range .items[*]}${line}{"\\n"}{end}`,
  ]);
  const found = all
    .split('\n')
    .map((text) => text.split('\t'))
    .map(([kind = '', namespace = '', name = '', instance = '']): Found => ({ kind, namespace, name, instance }));
  // as a whole word: sh.helm.release.v1.RELEASE.v1 is one, and RELEASE-pods, another namespace's name, is not in here
  const named = new RegExp(`(^|[.-])${release}($|[.-])`);
  return found
    .filter(({ name, instance }) => instance === release || named.test(name))
    .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
    .toSorted();
}
