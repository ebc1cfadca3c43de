import { isMap, isSeq, type ParsedNode } from 'yaml';
import type { Addition } from '../json/json-patch.ts';
import type { Path } from '../json/json-value.ts';
import { columnOf, contentEnd, dashOf, isFlow, nextLine, pairEnd, type Style, styleOf } from './block-layout.ts';
import { flowLayout } from './flow-layout.ts';
import { renderBlock, renderFlow, renderFlowPair } from './render-node.ts';
import type { PlannedEdits, TextEdit } from './text-edit.ts';
import { endOfLine } from './text-lines.ts';
import type { YamlDocument } from './yaml-document.ts';
import {
  type EditFailure,
  type MapNode,
  type PairNode,
  type Place,
  pairOf,
  placeToEdit,
  type SeqNode,
} from './yaml-nodes.ts';

/** The map to add to, and the layout to follow. */
export interface InsertionPlace {
  /** The path of the map that additions are relative to. */
  readonly root: Path;
  /** The path from the root to a list whose layout new maps and lists copy. */
  readonly layoutOf: readonly [string, string];
}

/** Returns the edits that carry out additions to a map of the document, or why they cannot be made. */
export function insertions(
  document: YamlDocument,
  { root, layoutOf }: InsertionPlace,
  additions: readonly Addition[],
): PlannedEdits | EditFailure {
  const style = styleOf(document, root, layoutOf);
  const lists = new Map<ParsedNode, ListChange>();
  const made: { depth: number; edits: readonly TextEdit[] }[] = [];
  for (const addition of additions) {
    const path = addition.kind === 'member' ? addition.path.slice(0, -1) : addition.path;
    const place = placeToEdit(document, [...root, ...path]);
    if (place.kind === 'failure') return place;
    if (isSeq(place.node) && addition.kind === 'elements') {
      const { at, values } = addition;
      const list = place.node as SeqNode;
      const change = lists.get(list) ?? unchanged(place, list, path.length);
      lists.set(list, change);
      change.slots.splice(
        at === 'end' ? change.slots.length : at,
        0,
        ...values.map((value): Slot => ({ kind: 'value', value })),
      );
    } else if (isMap(place.node) && addition.kind === 'member') {
      const map = place.node as MapNode;
      const key = String(addition.path.at(-1));
      const isThere = pairOf(map, key) !== undefined; // an edit of its value is one level deeper than a new key
      const edits = setMember(document.text, map, key, addition.value, style);
      made.push({ depth: path.length + (isThere ? 1 : 0), edits });
    } else {
      return {
        kind: 'failure',
        offset: place.node?.range?.[0] ?? 0,
        problem: `${path.join('.')} is neither a map nor a list`,
      };
    }
  }
  for (const change of lists.values()) {
    const inserted = insertItems(document.text, change, style);
    if (inserted.kind === 'failure') return inserted;
    made.push({ depth: change.depth, edits: inserted.edits });
  }
  // of two insertions at the same offset, the one into the inner list comes first
  return { kind: 'edits', edits: made.toSorted((one, other) => other.depth - one.depth).flatMap(({ edits }) => edits) };
}

/** An element of a list after the change: an item that it has, or a new value. */
type Slot = { readonly kind: 'item'; readonly index: number } | { readonly kind: 'value'; readonly value: unknown };

/** A list, and its elements after the change. */
interface ListChange {
  readonly place: Place;
  readonly list: SeqNode;
  /** The number of keys from the root to the list. */
  readonly depth: number;
  readonly slots: Slot[];
}

function unchanged(place: Place, list: SeqNode, depth: number): ListChange {
  return { place, list, depth, slots: list.items.map((_, index) => ({ kind: 'item', index })) };
}

/** Sets a key of a map: adds it after the others, or replaces its value, which is null or text, in place. */
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
  // `env:` or `env: null`, and lines to insert below it
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

/** Consecutive new values of a list, and the index of the item before which they are inserted. */
interface NewItems {
  readonly list: SeqNode;
  readonly before: number;
  readonly values: readonly unknown[];
}

/** Returns the edits that insert the new values of a list. */
function insertItems(text: string, change: ListChange, style: Style): PlannedEdits | EditFailure {
  const groups = newItemsOf(change);
  if (isFlow(change.list)) return { kind: 'edits', edits: groups.map((items) => insertInBrackets(text, items, style)) };
  const edits: TextEdit[] = [];
  for (const items of groups) {
    const below = insertBelow(text, items, change.place.pair, style);
    if (below.kind === 'failure') return below;
    edits.push(...below.edits);
  }
  return { kind: 'edits', edits };
}

/** Groups consecutive new values of a list. */
function newItemsOf({ list, slots }: ListChange): readonly NewItems[] {
  const groups: { list: SeqNode; before: number; values: unknown[] }[] = [];
  let next = 0; // the index of the next item
  for (const slot of slots) {
    if (slot.kind === 'item') {
      next = slot.index + 1;
      continue;
    }
    const last = groups.at(-1);
    if (last?.before === next) last.values.push(slot.value);
    else groups.push({ list, before: next, values: [slot.value] });
  }
  return groups;
}

/** Inserts lines before the item with that index, or at the end. Comments above an item stay with it. */
function insertBelow(
  text: string,
  { list, before, values }: NewItems,
  pair: PairNode | undefined,
  style: Style,
): PlannedEdits | EditFailure {
  const dash = dashOf(list, 0);
  const lines = renderBlock(values, columnOf(text, dash), style);
  const previous = list.items[before - 1];
  if (previous !== undefined) return { kind: 'edits', edits: [insertLines(text, contentEnd(previous), lines)] };
  const start = endOfLine(text, pair?.key.range[1] ?? 0);
  if (pair === undefined || start > dash)
    return { kind: 'failure', offset: dash, problem: 'the list must begin on a line of its own' };
  return { kind: 'edits', edits: [{ start, end: start, text: lines }] };
}

function insertInBrackets(text: string, { list, before, values }: NewItems, style: Style): TextEdit {
  const next = list.items[before];
  const previous = list.items[before - 1];
  const { separator, lines, wrap } = flowLayout(text, list, list.items[0]?.range[0], style);
  const rendered = values.map((value) => renderFlow(value, style, lines)).join(separator);
  if (previous !== undefined) return { start: previous.range[1], end: previous.range[1], text: separator + rendered };
  const start = next === undefined ? list.range[0] + 1 : next.range[0];
  return { start, end: start, text: next === undefined ? wrap(rendered) : rendered + separator };
}

/** Inserts lines after the line in which content ends; the last line of a text may lack its line break. */
function insertLines(text: string, end: number, lines: string): TextEdit {
  const start = nextLine(text, end);
  if (start > 0 && text.charAt(start - 1) !== '\n') {
    const newline = lines.endsWith('\r\n') ? '\r\n' : '\n';
    return { start, end: start, text: newline + lines.slice(0, -newline.length) };
  }
  return { start, end: start, text: lines };
}
