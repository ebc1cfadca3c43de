import { isMap, isSeq, type ParsedNode } from 'yaml';
import type { Path } from '../json/json-value.ts';
import { endOfLine, startOfLine } from './text-lines.ts';
import type { YamlDocument } from './yaml-document.ts';
import { type MapNode, nearestNode, type PairNode, pairOf, type SeqNode } from './yaml-nodes.ts';

/** How a document is written, so that additions look like the rest of it. */
export interface Style {
  /** Spaces by which a nested map is indented. */
  readonly indent: number;
  /** Whether the items of a list are indented further than its key. */
  readonly indentSeq: boolean;
  readonly newline: '\n' | '\r\n';
  /** Whether the document is JSON, and what follows its colons and commas. */
  readonly json: false | { readonly space: '' | ' ' };
}

/** Returns the style of a map in a document. The list at `[key, listKey]` below it is the model. */
export function styleOf(document: YamlDocument, root: Path, [key, listKey]: readonly [string, string]): Style {
  const { text } = document;
  const whole = wholeStyles.get(document) ?? styleOfWhole(text);
  wholeStyles.set(document, whole);
  const outer = pairOf(nearestNode(document, root).node as MapNode, key);
  const list = outer && isMap(outer.value) ? pairOf(outer.value as MapNode, listKey) : undefined;
  const indent = outer?.value ? columnOf(text, outer.value.range[0]) - columnOf(text, outer.key.range[0]) : 2;
  const offset = list?.value ? columnOf(text, list.value.range[0]) - columnOf(text, list.key.range[0]) : 0;
  return {
    indent: indent > 0 && indent <= 8 ? indent : 2,
    indentSeq: offset > 0,
    ...whole,
  };
}

/** Caches the part of the style that a whole document shares; it may be edited in thousands of places. */
const wholeStyles = new WeakMap<YamlDocument, Pick<Style, 'newline' | 'json'>>();

function styleOfWhole(text: string): Pick<Style, 'newline' | 'json'> {
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    json: isJson(text) && { space: /":\s/.test(text) ? ' ' : '' },
  };
}

/** Returns the number of characters before the offset in its line. */
export function columnOf(text: string, offset: number): number {
  return offset - startOfLine(text, offset);
}

const longestIndented = 1000; // characters: in a longer line, indentation has no meaning

/** Returns the indentation of the offset's line; empty if its beginning is far away, as in JSON on one line. */
export function indentationOf(text: string, offset: number): string {
  const before = text.slice(Math.max(0, offset - longestIndented), offset);
  const start = before.length < offset && !before.includes('\n') ? before.length : startOfLine(before, before.length);
  return /^[ \t]*/.exec(before.slice(start))?.[0] ?? '';
}

/** Returns whether the node is written in brackets. */
export function isFlow(node: ParsedNode | null): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

/** Returns the end of a node's text, without the comments and blank lines after it. */
export function contentEnd(node: ParsedNode): number {
  if (isFlow(node)) return node.range[1];
  if (isSeq(node) && node.items.length > 0) return contentEnd(node.items.at(-1) as ParsedNode);
  if (isMap(node) && node.items.length > 0) return pairEnd(node.items.at(-1) as PairNode);
  return node.range[1];
}

export function pairEnd({ key, value }: PairNode): number {
  return Math.max(key.range[1], value === null ? 0 : contentEnd(value));
}

/** Returns the beginning of the line after content that ends at `end`. A block scalar includes its last line break. */
export function nextLine(text: string, end: number): number {
  return text.charAt(end - 1) === '\n' ? end : endOfLine(text, end);
}

/** Returns the offset of the dash of an item in a block list. */
export function dashOf(list: SeqNode, index: number): number {
  const offsets = dashes.get(list) ?? dashesOf(list);
  dashes.set(list, offsets);
  return offsets[index] ?? list.items[index]?.range?.[0] ?? 0;
}

/** Caches the dashes of each list: an edit may need those of thousands of items. */
const dashes = new WeakMap<SeqNode, readonly (number | undefined)[]>();

function dashesOf({ srcToken: token }: SeqNode): readonly (number | undefined)[] {
  if (token?.type !== 'block-seq') return [];
  return token.items
    .filter(({ start, value }) => start.length > 0 || value)
    .map(({ start }) => start.find(({ type }) => type === 'seq-item-ind')?.offset);
}

/** Returns whether a whole document is in brackets: JSON, or YAML in the same layout. */
export function isJson(text: string): boolean {
  return /^\uFEFF?\s*(?:---\s+)?[[{]/.test(text);
}
