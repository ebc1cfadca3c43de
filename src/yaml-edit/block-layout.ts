import { isMap, isSeq, type ParsedNode } from 'yaml';
import type { Path } from '../json/json-value.ts';
import type { ManifestDocument } from './yaml-document.ts';
import { type MapNode, nearestNode, type PairNode, pairOf, type SeqNode } from './yaml-nodes.ts';
import { endOfLine, startOfLine } from './yaml-stream.ts';

/** How a manifest is written, so that what is added looks like it. */
export interface Style {
  /** Spaces by which a map within a map is indented. */
  readonly indent: number;
  /** Whether the items of a list stand further right than its key. */
  readonly indentSeq: boolean;
  readonly newline: '\n' | '\r\n';
  /** Whether the document is JSON, and what stands behind its colons and commas. */
  readonly json: false | { readonly space: '' | ' ' };
}

/** The style of a pod's part of a document. */
export function styleOf(document: ManifestDocument, podPath: Path): Style {
  const { text } = document;
  const whole = wholeStyles.get(document) ?? styleOfWhole(text);
  wholeStyles.set(document, whole);
  const pod = nearestNode(document, podPath).node as MapNode;
  const spec = pairOf(pod, 'spec');
  const containers = spec && isMap(spec.value) ? pairOf(spec.value as MapNode, 'containers') : undefined;
  const indent = spec?.value ? columnOf(text, spec.value.range[0]) - columnOf(text, spec.key.range[0]) : 2;
  const offset = containers?.value
    ? columnOf(text, containers.value.range[0]) - columnOf(text, containers.key.range[0])
    : 0;
  return {
    indent: indent > 0 && indent <= 8 ? indent : 2,
    indentSeq: offset > 0,
    ...whole,
  };
}

/** What is the same for all of a document, which may have thousands of pods. */
const wholeStyles = new WeakMap<ManifestDocument, Pick<Style, 'newline' | 'json'>>();

function styleOfWhole(text: string): Pick<Style, 'newline' | 'json'> {
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    json: isJson(text) && { space: /":\s/.test(text) ? ' ' : '' },
  };
}

/** Characters between the beginning of the offset's line and the offset. */
export function columnOf(text: string, offset: number): number {
  return offset - startOfLine(text, offset);
}

const longestIndented = 1000; // characters: in a line that is longer, nothing is set apart by where it begins

/** The spaces that an offset's line begins with; none where that is far away, as in JSON on one line. */
export function indentationOf(text: string, offset: number): string {
  const before = text.slice(Math.max(0, offset - longestIndented), offset);
  const start = before.length < offset && !before.includes('\n') ? before.length : startOfLine(before, before.length);
  return /^[ \t]*/.exec(before.slice(start))?.[0] ?? '';
}

/** Whether the node is written in brackets. */
export function isFlow(node: ParsedNode | null): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true;
}

/** Where the text of a node, a pair or an item ends; comments and blank lines behind it do not count. */
export function contentEnd(node: ParsedNode): number {
  if (isFlow(node)) return node.range[1];
  if (isSeq(node) && node.items.length > 0) return contentEnd(node.items.at(-1) as ParsedNode);
  if (isMap(node) && node.items.length > 0) return pairEnd(node.items.at(-1) as PairNode);
  return node.range[1];
}

export function pairEnd({ key, value }: PairNode): number {
  return Math.max(key.range[1], value === null ? 0 : contentEnd(value));
}

/** The beginning of the line behind the one that content ends in. A block scalar ends with its line already. */
export function lineBehind(text: string, end: number): number {
  return text.charAt(end - 1) === '\n' ? end : endOfLine(text, end);
}

/** Where the dash of an item of a list stands that is written without brackets. */
export function dashOf(list: SeqNode, index: number): number {
  const offsets = dashes.get(list) ?? dashesOf(list);
  dashes.set(list, offsets);
  return offsets[index] ?? list.items[index]?.range?.[0] ?? 0;
}

/** Of the lists that were looked into: an edit may ask for thousands of items of one. */
const dashes = new WeakMap<SeqNode, readonly (number | undefined)[]>();

function dashesOf({ srcToken: token }: SeqNode): readonly (number | undefined)[] {
  if (token?.type !== 'block-seq') return [];
  return token.items
    .filter(({ start, value }) => start.length > 0 || value)
    .map(({ start }) => start.find(({ type }) => type === 'seq-item-ind')?.offset);
}

/** Whether a document is written in brackets as a whole: JSON, or what is read like it. */
export function isJson(text: string): boolean {
  return /^\uFEFF?\s*(?:---\s+)?[[{]/.test(text);
}
