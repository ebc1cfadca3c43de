import { valueAt } from '../../json/json-value.ts';
import type { ClusterReader } from './cluster-reader.ts';

/** The names of all namespaces. Throws what the reader throws. */
export async function namespaceNames(reader: ClusterReader): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of reader.pages('/api/v1/namespaces'))
    names.push(...page.map((namespace) => String(valueAt(namespace, ['metadata', 'name']))));
  return names;
}
