import { isMap, isSeq, type ParsedNode } from 'yaml';
import type { Path } from '../json/json-value.ts';
import { contentEnd, dashOf, isFlow, lineBehind, pairEnd } from './block-layout.ts';
import type { TextEdit } from './text-edit.ts';
import type { ManifestDocument } from './yaml-document.ts';
import { type EditProblem, type MapNode, type PairNode, placeToEdit, type SeqNode } from './yaml-nodes.ts';
import { startOfLine } from './yaml-stream.ts';

/**
 * The edits of a document's text that remove these parts of the pod at that path, and each list or map that is empty
 * then, or why they cannot be made. A list that was empty before anything was put into it is known by its brackets on
 * the line of its key (`env: []`), since what we add ourselves has none, and stays.
 */
export function removals(
  document: ManifestDocument,
  podPath: Path,
  paths: readonly Path[],
): readonly TextEdit[] | EditProblem {
  const changes = new Map<ParsedNode, Change>();
  for (const path of paths) {
    const problem = mark(document, podPath, path, changes);
    if (problem !== undefined) return problem;
  }
  const edits = [...changes.values()]
    .filter(({ isGone }) => !isGone)
    .flatMap((change) => editsOf(document.text, change));
  return withoutLastLineBreak(document.text, edits);
}

/** Where the last lines go of a text that lacks its last line break, the line before them loses its own. */
function withoutLastLineBreak(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  const inOrder = edits.toSorted((one, other) => one.start - other.start);
  if (text.endsWith('\n') || inOrder.at(-1)?.end !== text.length) return edits;
  let start = text.length;
  for (const edit of inOrder.toReversed()) if (edit.end >= start) start = edit.start;
  const lineBreak = /\r?\n$/.exec(text.slice(Math.max(0, start - 2), start))?.[0] ?? '';
  return lineBreak === '' ? edits : [...edits, { start: start - lineBreak.length, end: start, text: '' }];
}

/** A map or list with the indexes of what goes from it. */
interface Change {
  readonly node: MapNode | SeqNode;
  readonly gone: Set<number>;
  /** Whether it goes itself. */
  isGone: boolean;
}

function mark(
  document: ManifestDocument,
  podPath: Path,
  path: Path,
  changes: Map<ParsedNode, Change>,
): EditProblem | undefined {
  const parentPath = path.slice(0, -1);
  const place = placeToEdit(document, [...podPath, ...parentPath]);
  if ('problem' in place) return place;
  const { node } = place;
  if (!isMap(node) && !isSeq(node)) return { offset: node?.range?.[0] ?? 0, problem: `there is no ${path.join('.')}` };
  const parent = node as MapNode | SeqNode;
  const change = changes.get(parent) ?? { node: parent, gone: new Set<number>(), isGone: false };
  changes.set(parent, change);
  change.gone.add(indexOf(parent, path.at(-1) ?? ''));
  const keepsBrackets = isSeq(parent) && isFlow(parent) && !isWithinBrackets(document, podPath, parentPath);
  if (change.gone.size < parent.items.length || parentPath.length === 0 || keepsBrackets) return undefined;
  change.isGone = true;
  return mark(document, podPath, parentPath, changes);
}

function isWithinBrackets(document: ManifestDocument, podPath: Path, path: Path): boolean {
  const parent = placeToEdit(document, [...podPath, ...path.slice(0, -1)]);
  return 'node' in parent && isFlow(parent.node);
}

function indexOf(parent: MapNode | SeqNode, key: string | number): number {
  return isSeq(parent) ? Number(key) : (parent as MapNode).items.findIndex((pair) => String(pair.key) === key);
}

function editsOf(text: string, { node, gone }: Change): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  const count = node.items.length;
  for (let first = 0; first < count; first++) {
    if (!gone.has(first)) continue;
    let last = first;
    while (gone.has(last + 1)) last++;
    edits.push(isFlow(node) ? removeInBrackets(text, node, first, last) : removeLines(text, node, first, last));
    first = last;
  }
  return edits;
}

/** The comma goes with what is behind it, or in front of the first one. */
function removeInBrackets(text: string, node: MapNode | SeqNode, first: number, last: number): TextEdit {
  const count = node.items.length;
  if (first > 0) return { start: endOf(node, first - 1), end: endOf(node, last), text: '' };
  if (last + 1 < count) return { start: startOf(node, first), end: startOf(node, last + 1), text: '' };
  const end = endOf(node, last);
  const close = node.range[1] - 1;
  return { start: node.range[0] + 1, end: text.slice(end, close).includes(',') ? close : end, text: '' };
}

/** Whole lines, but for a key that shares its line with the dash before it. */
function removeLines(text: string, node: MapNode | SeqNode, first: number, last: number): TextEdit {
  const start = isSeq(node) ? dashOf(node as SeqNode, first) : startOf(node, first);
  const lineStart = startOfLine(text, start);
  if (text.slice(lineStart, start).trim() !== '' && last + 1 < node.items.length) {
    return { start, end: startOf(node, last + 1), text: '' };
  }
  return { start: lineStart, end: lineBehind(text, endOf(node, last)), text: '' };
}

function startOf(node: MapNode | SeqNode, index: number): number {
  const item = node.items[index];
  return isMap(node) ? (item as PairNode).key.range[0] : (item as ParsedNode).range[0];
}

function endOf(node: MapNode | SeqNode, index: number): number {
  const item = node.items[index];
  return isMap(node) ? pairEnd(item as PairNode) : contentEnd(item as ParsedNode);
}
