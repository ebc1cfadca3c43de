import { isMap, isSeq, type ParsedNode } from 'yaml';
import type { Addition } from '../json/json-patch.ts';
import type { Path } from '../json/json-value.ts';
import { columnOf, contentEnd, dashOf, isFlow, lineBehind, pairEnd, type Style, styleOf } from './block-layout.ts';
import { flowLayout } from './flow-layout.ts';
import { renderBlock, renderFlow, renderFlowPair } from './render-node.ts';
import type { TextEdit } from './text-edit.ts';
import type { ManifestDocument } from './yaml-document.ts';
import {
  type EditProblem,
  type MapNode,
  type PairNode,
  type Place,
  pairOf,
  placeToEdit,
  type SeqNode,
} from './yaml-nodes.ts';
import { endOfLine } from './yaml-stream.ts';

/** Returns the edits of a document that make additions to the pod at that path, or why that is not possible. */
export function insertions(
  document: ManifestDocument,
  podPath: Path,
  additions: readonly Addition[],
): readonly TextEdit[] | EditProblem {
  const style = styleOf(document, podPath);
  const lists = new Map<ParsedNode, ListChange>();
  const made: { depth: number; edits: readonly TextEdit[] }[] = [];
  for (const addition of additions) {
    const path = addition.kind === 'member' ? addition.path.slice(0, -1) : addition.path;
    const place = placeToEdit(document, [...podPath, ...path]);
    if ('problem' in place) return place;
    if (isSeq(place.node) && addition.kind === 'elements') {
      const { at, values } = addition;
      const list = place.node as SeqNode;
      const change = lists.get(list) ?? unchanged(place, list, path.length);
      lists.set(list, change);
      change.slots.splice(at === 'end' ? change.slots.length : at, 0, ...values.map((value) => ({ value })));
    } else if (isMap(place.node) && addition.kind === 'member') {
      const map = place.node as MapNode;
      const key = String(addition.path.at(-1));
      const isThere = pairOf(map, key) !== undefined; // the edit of its value is one level deeper than that of a new key
      const edits = setMember(document.text, map, key, addition.value, style);
      made.push({ depth: path.length + (isThere ? 1 : 0), edits });
    } else {
      return { offset: place.node?.range?.[0] ?? 0, problem: `${path.join('.')} is neither a map nor a list` };
    }
  }
  for (const change of lists.values()) {
    const edits = insertItems(document.text, change, style);
    if ('problem' in edits) return edits;
    made.push({ depth: change.depth, edits });
  }
  // at the same offset, the end of an inner list comes before the end of an outer one
  return made.toSorted((one, other) => other.depth - one.depth).flatMap(({ edits }) => edits);
}

type Slot = { readonly original: number } | { readonly value: unknown };

/** A list after the edits: its own items by index, and new values between them. */
interface ListChange {
  readonly place: Place;
  readonly list: SeqNode;
  /** The number of keys from the pod to the list. */
  readonly depth: number;
  readonly slots: Slot[];
}

function unchanged(place: Place, list: SeqNode, depth: number): ListChange {
  return { place, list, depth, slots: list.items.map((_, index) => ({ original: index })) };
}

/** Sets a key of a map. A new key is added at the end; the value of an existing one, which is null or a string, is replaced. */
function setMember(text: string, map: MapNode, key: string, value: unknown, style: Style): readonly TextEdit[] {
  const pair = pairOf(map, key);
  if (isFlow(map)) {
    if (pair !== undefined) return [replaceFlow(pair, value, style)];
    const last = map.items.at(-1) as PairNode | undefined;
    const around = flowLayout(text, map, last?.key.range[0], style);
    const start = last === undefined ? map.range[0] + 1 : pairEnd(last);
    return [
      { start, end: start, text: `${last ? around.separator : ''}${renderFlowPair(key, value, style, around.lines)}` },
    ];
  }
  const column = columnOf(text, map.range[0]);
  if (pair === undefined)
    return [insertLines(text, pairEnd(map.items.at(-1) as PairNode), renderBlock({ [key]: value }, column, style))];
  const { key: keyNode, value: old } = pair;
  const [start, end] = old === null ? [keyNode.range[1], keyNode.range[1]] : [old.range[0], old.range[1]];
  if (typeof value !== 'object') {
    const rendered = renderBlock(value, 0, style).trimEnd();
    return [{ start, end, text: text.charAt(end - 1) === '\n' ? `${rendered}${style.newline}` : rendered }];
  }
  // `env:` or `env: null`, then the lines below it
  const spaces = start > keyNode.range[1] + 1 && end > start ? 1 : 0;
  const lines = renderBlock({ [key]: value }, column, style);
  const below = lines.slice(lines.indexOf('\n') + 1);
  return [...(end > start ? [{ start: start - spaces, end, text: '' }] : []), insertLines(text, end, below)];
}

function replaceFlow({ key, value: old }: PairNode, value: unknown, style: Style): TextEdit {
  const isWritten = old !== null && old.range[1] > old.range[0];
  const start = isWritten ? old.range[0] : Math.max(key.range[1] + 1, old?.range[0] ?? 0);
  return {
    start,
    end: isWritten ? old.range[1] : start,
    text: `${isWritten ? '' : ' '}${renderFlow(value, style, undefined)}`,
  };
}

/** Returns the edits that insert new values between the items of a list. */
function insertItems(
  text: string,
  { place, list, slots }: ListChange,
  style: Style,
): readonly TextEdit[] | EditProblem {
  const edits: TextEdit[] = [];
  for (let at = 0; at < slots.length; ) {
    const first = slots[at];
    if (first === undefined || 'original' in first) {
      at++;
      continue;
    }
    const values: unknown[] = [];
    for (let slot = slots[at]; slot !== undefined && 'value' in slot; slot = slots[++at]) values.push(slot.value);
    const next = slots[at];
    const before = next !== undefined && 'original' in next ? next.original : list.items.length;
    const edit = isFlow(list)
      ? insertInBrackets(text, list, before, values, style)
      : insertBelow(text, place, list, before, values, style);
    if ('problem' in edit) return edit;
    edits.push(edit);
  }
  return edits;
}

/** Inserts lines for new items before the item of that index, or at the end. Comments above an item stay with it. */
function insertBelow(
  text: string,
  { pair }: Place,
  list: SeqNode,
  before: number,
  values: readonly unknown[],
  style: Style,
): TextEdit | EditProblem {
  const dash = dashOf(list, 0);
  const lines = renderBlock(values, columnOf(text, dash), style);
  const previous = list.items[before - 1];
  if (previous !== undefined) return insertLines(text, contentEnd(previous), lines);
  const start = endOfLine(text, pair?.key.range[1] ?? 0);
  if (pair === undefined || start > dash) return { offset: dash, problem: 'the list must begin on a line of its own' };
  return { start, end: start, text: lines };
}

function insertInBrackets(
  text: string,
  list: SeqNode,
  before: number,
  values: readonly unknown[],
  style: Style,
): TextEdit {
  const next = list.items[before];
  const previous = list.items[before - 1];
  const { separator, lines, wrap } = flowLayout(text, list, list.items[0]?.range[0], style);
  const rendered = values.map((value) => renderFlow(value, style, lines)).join(separator);
  if (previous !== undefined) return { start: previous.range[1], end: previous.range[1], text: separator + rendered };
  const start = next === undefined ? list.range[0] + 1 : next.range[0];
  return { start, end: start, text: next === undefined ? wrap(rendered) : rendered + separator };
}

/** Inserts lines below the line in which content ends. The last line of a text may have no line break. */
function insertLines(text: string, end: number, lines: string): TextEdit {
  const start = lineBehind(text, end);
  if (start > 0 && text.charAt(start - 1) !== '\n') {
    const newline = lines.endsWith('\r\n') ? '\r\n' : '\n';
    return { start, end: start, text: newline + lines.slice(0, -newline.length) };
  }
  return { start, end: start, text: lines };
}
