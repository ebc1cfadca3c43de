import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Path } from '../json/json-value.ts';
import type { ManifestDocument } from './yaml-document.ts';

export type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type SeqNode = YAMLSeq.Parsed<ParsedNode>;
export type PairNode = Pair<ParsedNode, ParsedNode | null>;

/** A map or list that may be edited, with the pair whose value it is; undefined for the root and for items of lists. */
export interface Place {
  readonly node: ParsedNode | null;
  readonly pair: PairNode | undefined;
}

/** Why a document cannot be edited as asked, and where: characters from its beginning. */
export interface EditProblem {
  readonly offset: number;
  readonly problem: string;
}

/** The pair of a map with that key; a key that a merge (`<<`) brings is none of the map's own. */
export function pairOf(map: MapNode, key: string): PairNode | undefined {
  const pairs = pairsByKey.get(map) ?? new Map(map.items.toReversed().map((pair) => [keyOf(pair), pair]));
  pairsByKey.set(map, pairs);
  return pairs.get(key);
}

/** Of the maps that were looked into: each finding and each edit looks for a few keys in maps of any size. */
const pairsByKey = new WeakMap<MapNode, ReadonlyMap<string | undefined, PairNode>>();

function keyOf({ key }: PairNode): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** What a path leads to, for looking at: aliases are followed. Ends at the last thing that is there. */
export function nearestNode(document: ManifestDocument, path: Path): { node: ParsedNode; pair: PairNode | undefined } {
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

/** What a path leads to, for editing: what other places share by an alias or a merge must not be changed. */
export function placeToEdit(document: ManifestDocument, path: Path): Place | EditProblem {
  let place: Place = { node: document.yaml.contents, pair: undefined };
  let offset = 0;
  for (const key of [...path, undefined]) {
    const { node } = place;
    offset = node?.range?.[0] ?? offset;
    if (isAlias(node)) return { offset, problem: `"*${node.source}" is shared with other places; ${writeOut}` };
    const anchor = node === null ? undefined : (node as { anchor?: string }).anchor;
    if (anchor !== undefined && document.sharedAnchors.has(anchor)) {
      return { offset, problem: `"*${anchor}" elsewhere is the same as "&${anchor}" here; ${writeOut}` };
    }
    if (key === undefined) break;
    if (isMap(node)) {
      const pair = pairOf(node as MapNode, String(key));
      if (pair === undefined) return { offset, problem: `"${key}" comes from a merge ("<<"); ${writeOut}` };
      place = { node: pair.value, pair };
    } else if (isSeq(node)) {
      place = { node: (node as SeqNode).items[Number(key)] ?? null, pair: undefined };
    } else {
      return { offset, problem: `there is no ${path.join('.')} to edit` };
    }
  }
  return place;
}

const writeOut = 'write it out in both places, so that one of them can be changed';
