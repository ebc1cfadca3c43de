import { kubectl, tryKubectl } from './kubectl.ts';

/** The kind, namespace (empty for cluster-scoped objects) and name of an object. */
interface Found {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly instance: string;
}

const columns = ['.kind', '.metadata.namespace', '.metadata.name', '.metadata.labels.app\\.kubernetes\\.io/instance'];
const line = columns.map((column) => `{${column}}`).join('{"\\t"}');

/**
 * Returns every object of a release in the whole cluster, by label or by name, as `Kind namespace/name`. Leaves out events,
 * which expire, and namespaces, which helm does not delete.
 */
export async function objectsOf(release: string): Promise<readonly string[]> {
  const resources = await tryKubectl(['api-resources', '--verbs=list,delete', '-o=name']); // fails for one unavailable API, but prints the others
  const kinds = resources.stdout.split('\n').filter((name) => name !== '' && !/^(events|namespaces)(\.|$)/.test(name));
  const all = await kubectl([
    ...['get', kinds.join(','), '--all-namespaces', '--ignore-not-found'],
    `-o=jsonpath={range .items[*]}${line}{"\\n"}{end}`,
  ]);
  const found = all
    .split('\n')
    .map((text) => text.split('\t'))
    .map(([kind = '', namespace = '', name = '', instance = '']): Found => ({ kind, namespace, name, instance }));
  // as a whole word, for example in sh.helm.release.v1.RELEASE.v1
  const named = new RegExp(`(^|[.-])${release}($|[.-])`);
  return found
    .filter(({ name, instance }) => instance === release || named.test(name))
    .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
    .toSorted();
}
