/** A position in a text, as editors count: lines and columns start at 1, and columns are in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Converts an offset into a position. */
export type Positions = (offset: number) => Position;

/** Returns the end of the offset's line: after its line break, or at the end of the text. */
export function endOfLine(text: string, offset: number): number {
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak < 0 ? text.length : lineBreak + 1;
}

/** Returns the beginning of the offset's line. */
export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Returns a function that converts offsets of a text into positions. It reads the text once, at its first call. */
export function createPositions(text: string): Positions {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= startsOfLines(text);
    const line = lineAt(starts, offset);
    const lineStart = starts[line - 1] ?? 0;
    const byteOrderMark = lineStart === 0 && text.charCodeAt(0) === 0xfeff ? 1 : 0;
    return { line, column: Math.max(1, offset - lineStart + 1 - byteOrderMark) };
  };
}

/** Finds the line of an offset by binary search. */
function lineAt(starts: readonly number[], offset: number): number {
  let [line, end] = [1, starts.length + 1]; // the line is at or after `line` and before `end`
  while (line + 1 < end) {
    const middle = (line + end) >> 1;
    if ((starts[middle - 1] ?? 0) <= offset) line = middle;
    else end = middle;
  }
  return line;
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
