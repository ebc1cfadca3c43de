import { isScalar, Scalar } from 'yaml';
import type { Path } from '../json/json-value.ts';
import { createPositions, endOfLine, type Positions } from './text-lines.ts';
import type { YamlDocument } from './yaml-document.ts';
import { nearestNode } from './yaml-nodes.ts';

/**
 * Returns a function that converts offsets of a text which is itself a value in a document into positions in the file. They
 * are exact for a literal block (`|`), whose lines are those of the text; otherwise, each is the position of the value.
 */
export function positionsInside(document: YamlDocument, path: Path, text: string, positions: Positions): Positions {
  const { node } = nearestNode(document, path);
  const start = node.range[0];
  if (!isScalar(node) || node.type !== Scalar.BLOCK_LITERAL) return () => positions(document.offset + start);
  const within = createPositions(text);
  const firstLine = positions(document.offset + endOfLine(document.text, start)).line;
  const indentation = indentationOf(document.text.slice(endOfLine(document.text, start), node.range[1]), text);
  return (offset) => {
    const { line, column } = within(offset);
    return { line: firstLine + line - 1, column: column + indentation };
  };
}

/** Returns by how many spaces the lines of a literal block are indented more than those of its text. */
function indentationOf(block: string, text: string): number {
  const spaces = (lines: string) => /^(?:[ \t]*\r?\n)*( *)\S/.exec(lines)?.[1]?.length ?? 0;
  return Math.max(0, spaces(block) - spaces(text));
}
