import { endOfLine, startOfLine } from './yaml-stream.ts';

/** Replaces a range of a text; an empty one is a place to insert at. Offsets are characters from its beginning. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with the edits made; those that insert at one place follow each other in the order given. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const inOrder = edits.toSorted((one, other) => one.start - other.start || one.end - other.end);
  const parts: string[] = [];
  let position = 0;
  for (const { start, end, text: replacement } of inOrder) {
    if (start < position) throw new RangeError(`two edits overlap at character ${start}`);
    parts.push(text.slice(position, start), replacement);
    position = end;
  }
  parts.push(text.slice(position));
  return parts.join('');
}

/**
 * Returns the same edits as whole lines and what comes in their place, in order and apart from each other. A diff needs no
 * search with these, which takes time by the square of what changed.
 */
export function changedLines(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  const groups: { start: number; end: number; edits: TextEdit[] }[] = [];
  for (const edit of edits.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
    const { start, end } = linesAround(text, edit);
    const last = groups.at(-1);
    if (last === undefined || start > last.end || (start === last.end && edit.start === start)) {
      groups.push({ start, end, edits: [edit] });
    } else {
      last.end = Math.max(last.end, end);
      last.edits.push(edit);
    }
  }
  return groups.map(({ start, end, edits: own }) => {
    const moved = own.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));
    const [before, after] = [text.slice(start, end), applyEdits(text.slice(start, end), moved)];
    const same = commonLines(before, after);
    return { start: start + same, end, text: after.slice(same) };
  });
}

/** The lines that an edit touches; none where it puts whole lines between two others. */
function linesAround(text: string, { start, end, text: replacement }: TextEdit): Pick<TextEdit, 'start' | 'end'> {
  const first = startOfLine(text, start);
  const endsLine = replacement === '' || replacement.endsWith('\n');
  const isWhole = first === start && startOfLine(text, end) === end && endsLine;
  return { start: first, end: isWhole ? end : endOfLine(text, end) };
}

/** How many characters at the beginning of both are the same whole lines. */
function commonLines(one: string, other: string): number {
  let same = 0;
  for (let end = one.indexOf('\n') + 1; end > 0; end = one.indexOf('\n', same) + 1) {
    if (!other.startsWith(one.slice(same, end), same)) break;
    same = end;
  }
  return same;
}
