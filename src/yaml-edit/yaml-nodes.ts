import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Path } from '../json/json-value.ts';
import type { YamlDocument } from './yaml-document.ts';

export type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type SeqNode = YAMLSeq.Parsed<ParsedNode>;
export type PairNode = Pair<ParsedNode, ParsedNode | null>;

/** A node that can be edited without a change elsewhere. */
export interface Place {
  readonly kind: 'place';
  readonly node: ParsedNode | null;
  /** The pair whose value the node is; undefined for the root and for list items. */
  readonly pair: PairNode | undefined;
}

/** Why a document cannot be edited. */
export interface EditFailure {
  readonly kind: 'failure';
  /** In characters from the beginning of the document. */
  readonly offset: number;
  readonly problem: string;
}

/** Returns the map's own pair with that key. A key that comes from a merge (`<<`) does not count. */
export function pairOf(map: MapNode, key: string): PairNode | undefined {
  const pairs = pairsByKey.get(map) ?? new Map(map.items.toReversed().map((pair) => [keyOf(pair), pair]));
  pairsByKey.set(map, pairs);
  return pairs.get(key);
}

/** Caches the pairs of each map by key: each finding and edit looks up a few keys, and a map can be of any size. */
const pairsByKey = new WeakMap<MapNode, ReadonlyMap<string | undefined, PairNode>>();

function keyOf({ key }: PairNode): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Follows a path, and aliases on the way, to the last node that exists, for reading only. */
export function nearestNode(document: YamlDocument, path: Path): { node: ParsedNode; pair: PairNode | undefined } {
  let node = document.yaml.contents as ParsedNode;
  let pair: PairNode | undefined;
  for (const key of path) {
    const resolved = isAlias(node) ? (node.resolve(document.yaml) as ParsedNode | undefined) : node;
    let next: ParsedNode | null | undefined;
    if (isMap(resolved)) {
      const found = pairOf(resolved as MapNode, String(key));
      if (found === undefined) break;
      pair = found;
      next = found.value ?? found.key;
    } else if (isSeq(resolved)) {
      next = (resolved as SeqNode).items[Number(key)];
      if (next) pair = undefined;
    }
    if (!next) break;
    node = next;
  }
  return { node, pair };
}

/** Follows a path to the node to edit. Fails if an alias or a merge shares the node with other places. */
export function placeToEdit(document: YamlDocument, path: Path): Place | EditFailure {
  let place: Place = { kind: 'place', node: document.yaml.contents, pair: undefined };
  let offset = 0;
  const fail = (problem: string): EditFailure => ({ kind: 'failure', offset, problem });
  for (const key of [...path, undefined]) {
    const { node } = place;
    offset = node?.range?.[0] ?? offset;
    if (isAlias(node)) return fail(`"*${node.source}" is shared with other places; ${writeOut}`);
    const anchor = node === null ? undefined : (node as { anchor?: string }).anchor;
    if (anchor !== undefined && document.sharedAnchors.has(anchor))
      return fail(`"*${anchor}" elsewhere refers to "&${anchor}" here; ${writeOut}`);
    if (key === undefined) break;
    if (isMap(node)) {
      const pair = pairOf(node as MapNode, String(key));
      if (pair === undefined) return fail(`"${key}" comes from a merge ("<<"); ${writeOut}`);
      place = { kind: 'place', node: pair.value, pair };
    } else if (isSeq(node)) {
      place = { kind: 'place', node: (node as SeqNode).items[Number(key)] ?? null, pair: undefined };
    } else {
      return fail(`there is no ${path.join('.')} to edit`);
    }
  }
  return place;
}

const writeOut = 'write it out in both places, so that one of them can change';
