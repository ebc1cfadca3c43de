import { indentationOf, type Style } from './block-layout.ts';
import type { MapNode, SeqNode } from './yaml-nodes.ts';

/** How the content of brackets is written. */
export interface FlowLayout {
  readonly separator: string;
  /** Set if a value may span several lines. */
  readonly lines: { readonly unit: string; readonly margin: string } | undefined;
  /** Wraps the first value between empty brackets. */
  readonly wrap: (rendered: string) => string;
}

/**
 * Returns the layout of brackets, given the offset of their first value: each value on its own line, or all on one.
 */
export function flowLayout(
  text: string,
  node: MapNode | SeqNode,
  first: number | undefined,
  { json, newline }: Style,
): FlowLayout {
  const isTall = first !== undefined && text.slice(node.range[0], first).includes('\n');
  const outer = indentationOf(text, node.range[0]);
  if (isTall) {
    const margin = indentationOf(text, first);
    const unit = margin.slice(outer.length) || '  ';
    return { separator: `,${newline}${margin}`, lines: { unit, margin }, wrap: (rendered) => rendered };
  }
  const isSpread = json !== false && first === undefined && outer !== '' && text.includes('\n', 1);
  if (isSpread) {
    const unit = /^[ \t]+/m.exec(text)?.[0] ?? '  ';
    const margin = outer + unit;
    return {
      separator: `,${newline}${margin}`,
      lines: { unit, margin },
      wrap: (rendered) => `${newline}${margin}${rendered}${newline}${outer}`,
    };
  }
  return { separator: `,${json ? json.space : ' '}`, lines: undefined, wrap: (rendered) => rendered };
}
