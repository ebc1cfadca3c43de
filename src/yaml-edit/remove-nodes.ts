import { isMap, isSeq, type ParsedNode } from 'yaml';
import type { Path } from '../json/json-value.ts';
import { contentEnd, dashOf, isFlow, nextLine, pairEnd } from './block-layout.ts';
import type { PlannedEdits, TextEdit } from './text-edit.ts';
import { startOfLine } from './text-lines.ts';
import type { YamlDocument } from './yaml-document.ts';
import { type EditFailure, type MapNode, type PairNode, placeToEdit, type SeqNode } from './yaml-nodes.ts';

/**
 * Returns the edits that remove these parts of a map and each list or map that becomes empty, or why they cannot be
 * made. A list in brackets on the line of its key (`env: []`) remains: insertions write no brackets, so it was there
 * before them.
 */
export function removals(document: YamlDocument, root: Path, paths: readonly Path[]): PlannedEdits | EditFailure {
  const changes = new Map<ParsedNode, Change>();
  for (const path of paths) {
    const failure = mark(document, root, path, changes);
    if (failure !== undefined) return failure;
  }
  const edits = [...changes.values()]
    .filter(({ isRemoved }) => !isRemoved)
    .flatMap((change) => editsOf(document.text, change));
  return { kind: 'edits', edits: withoutLastLineBreak(document.text, edits) };
}

/** If a text without a final line break loses its last lines, the line before them loses its line break. */
function withoutLastLineBreak(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  const inOrder = edits.toSorted((one, other) => one.start - other.start);
  if (text.endsWith('\n') || inOrder.at(-1)?.end !== text.length) return edits;
  let start = text.length;
  for (const edit of inOrder.toReversed()) if (edit.end >= start) start = edit.start;
  const lineBreak = /\r?\n$/.exec(text.slice(Math.max(0, start - 2), start))?.[0] ?? '';
  return lineBreak === '' ? edits : [...edits, { start: start - lineBreak.length, end: start, text: '' }];
}

/** A map or list, and the indexes of what is removed from it. */
interface Change {
  readonly node: MapNode | SeqNode;
  readonly removed: Set<number>;
  /** Whether the map or list is removed as a whole. */
  isRemoved: boolean;
}

function mark(
  document: YamlDocument,
  root: Path,
  path: Path,
  changes: Map<ParsedNode, Change>,
): EditFailure | undefined {
  const parentPath = path.slice(0, -1);
  const place = placeToEdit(document, [...root, ...parentPath]);
  if (place.kind === 'failure') return place;
  const { node } = place;
  if (!isMap(node) && !isSeq(node))
    return { kind: 'failure', offset: node?.range?.[0] ?? 0, problem: `there is no ${path.join('.')}` };
  const parent = node as MapNode | SeqNode;
  const change = changes.get(parent) ?? { node: parent, removed: new Set<number>(), isRemoved: false };
  changes.set(parent, change);
  change.removed.add(indexOf(parent, path.at(-1) ?? ''));
  const keepsBrackets = isSeq(parent) && isFlow(parent) && !isWithinBrackets(document, root, parentPath);
  if (change.removed.size < parent.items.length || parentPath.length === 0 || keepsBrackets) return undefined;
  change.isRemoved = true;
  return mark(document, root, parentPath, changes);
}

function isWithinBrackets(document: YamlDocument, root: Path, path: Path): boolean {
  const parent = placeToEdit(document, [...root, ...path.slice(0, -1)]);
  return parent.kind === 'place' && isFlow(parent.node);
}

function indexOf(parent: MapNode | SeqNode, key: string | number): number {
  return isSeq(parent) ? Number(key) : (parent as MapNode).items.findIndex((pair) => String(pair.key) === key);
}

function editsOf(text: string, { node, removed }: Change): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const count = node.items.length;
  for (let first = 0; first < count; first++) {
    if (!removed.has(first)) continue;
    let last = first;
    while (removed.has(last + 1)) last++;
    edits.push(isFlow(node) ? removeInBrackets(text, node, first, last) : removeLines(text, node, first, last));
    first = last;
  }
  return edits;
}

/** Removes the comma after the range, or before it if nothing follows. */
function removeInBrackets(text: string, node: MapNode | SeqNode, first: number, last: number): TextEdit {
  const count = node.items.length;
  if (first > 0) return { start: endOf(node, first - 1), end: endOf(node, last), text: '' };
  if (last + 1 < count) return { start: startOf(node, first), end: startOf(node, last + 1), text: '' };
  const end = endOf(node, last);
  const close = node.range[1] - 1;
  return { start: node.range[0] + 1, end: text.slice(end, close).includes(',') ? close : end, text: '' };
}

/** Removes whole lines, except for a key on the line of its list item's dash, after which comments move before that line. */
function removeLines(text: string, node: MapNode | SeqNode, first: number, last: number): TextEdit {
  const start = isSeq(node) ? dashOf(node as SeqNode, first) : startOf(node, first);
  const lineStart = startOfLine(text, start);
  const dash = text.slice(lineStart, start);
  if (dash.trim() !== '' && last + 1 < node.items.length) {
    const next = startOf(node, last + 1);
    const between = text.slice(nextLine(text, endOf(node, last)), startOfLine(text, next));
    if (!between.includes('#')) return { start, end: next, text: '' };
    return { start: lineStart, end: next, text: between + dash };
  }
  return { start: lineStart, end: nextLine(text, endOf(node, last)), text: '' };
}

function startOf(node: MapNode | SeqNode, index: number): number {
  const item = node.items[index];
  return isMap(node) ? (item as PairNode).key.range[0] : (item as ParsedNode).range[0];
}

function endOf(node: MapNode | SeqNode, index: number): number {
  const item = node.items[index];
  return isMap(node) ? pairEnd(item as PairNode) : contentEnd(item as ParsedNode);
}
