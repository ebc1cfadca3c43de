import { isMap, isScalar, type ParsedNode, parseAllDocuments, type YAMLMap } from 'yaml';
import { podTemplatePath } from '../../src/kubernetes/pod-template-path.ts';

/** The annotations that every pod of the corpus gets. */
const added: Readonly<Record<string, string>> = {
  'downlink.dev/env': 'pod, limits.memory, otel',
  'downlink.dev/volume': 'labels, resources',
  'downlink.dev/volume-path': '/etc/downlink-corpus',
  'downlink.dev/ambassador': 'true',
  'downlink.dev/ambassador-port': '18001',
};

/**
 * Returns the manifest with the annotations added to each pod and pod template as text, and nothing else changed. Returns
 * undefined if it has no pod or is not YAML.
 */
export function annotate(manifest: string): { readonly text: string; readonly pods: number } | undefined {
  const places: { at: number; text: string }[] = [];
  for (const document of parseAllDocuments<ParsedNode>(manifest, { logLevel: 'silent', uniqueKeys: false })) {
    if (document.errors.length > 0) return undefined;
    for (const pod of podsIn(document.contents)) {
      const place = placeIn(manifest, pod);
      if (place !== undefined) places.push(place);
    }
  }
  if (places.length === 0) return undefined;
  let text = '';
  let position = 0;
  for (const { at, text: insertion } of places.toSorted((one, other) => one.at - other.at)) {
    text += manifest.slice(position, at) + insertion;
    position = at;
  }
  return { text: text + manifest.slice(position), pods: places.length };
}

type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;

function podsIn(node: ParsedNode | null): readonly MapNode[] {
  if (!isMap(node)) return [];
  const map = node as MapNode;
  const items = get(map, 'items');
  if (items !== undefined && 'items' in items) return (items.items as ParsedNode[]).flatMap(podsIn);
  const path = podTemplatePath(textOf(map, 'apiVersion'), textOf(map, 'kind'));
  let pod: ParsedNode | undefined = path === undefined ? undefined : map;
  for (const key of path ?? []) pod = isMap(pod) ? get(pod as MapNode, key) : undefined;
  const containers = isMap(pod) ? get(pod as MapNode, 'spec') : undefined;
  return isMap(pod) && isMap(containers) && get(containers as MapNode, 'containers') ? [pod as MapNode] : [];
}

/** Returns where to insert the annotations of a pod, and in which form. */
function placeIn(manifest: string, pod: MapNode): { at: number; text: string } | undefined {
  const metadata = get(pod, 'metadata');
  const annotations = isMap(metadata) ? get(metadata as MapNode, 'annotations') : undefined;
  const [target, value] = isMap(annotations)
    ? ([annotations, added] as const)
    : isMap(metadata)
      ? ([metadata, { annotations: added }] as const)
      : ([pod, { metadata: { annotations: added } }] as const);
  if (target !== annotations && annotations !== undefined) return undefined; // null, or an alias
  if (target === pod && metadata !== undefined) return undefined;
  const map = target as MapNode;
  if (map.items.length === 0) return undefined;
  if (map.flow) return { at: map.range[0] + 1, text: `${JSON.stringify(value).slice(1, -1)}, ` };
  const column = map.range[0] - manifest.lastIndexOf('\n', map.range[0] - 1) - 1;
  return {
    at: map.range[0],
    text: Object.entries(value)
      .map(([key, one]) => `${key}: ${JSON.stringify(one)}\n${' '.repeat(column)}`)
      .join(''),
  };
}

function get(map: MapNode, key: string): ParsedNode | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value ?? undefined;
}

function textOf(map: MapNode, key: string): unknown {
  const node = get(map, key);
  return isScalar(node) ? node.value : undefined;
}
