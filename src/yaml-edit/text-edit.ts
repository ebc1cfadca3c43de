import { endOfLine, startOfLine } from './text-lines.ts';

/** Replaces a range of a text; an empty range inserts. Offsets are characters from the beginning of the text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The edits that make a change. */
export interface PlannedEdits {
  readonly kind: 'edits';
  readonly edits: readonly TextEdit[];
}

/** Returns the edited text. Edits that insert at the same offset follow each other in the given order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let position = 0;
  for (const { start, end, text: replacement } of edits.toSorted(byOffset)) {
    if (start < position) throw new RangeError(`two edits overlap at character ${start}`);
    parts.push(text.slice(position, start), replacement);
    position = end;
  }
  parts.push(text.slice(position));
  return parts.join('');
}

function byOffset(one: TextEdit, other: TextEdit): number {
  return one.start - other.start || one.end - other.end;
}

/**
 * Returns the same edits as replacements of whole lines, in order and without overlap. A diff made of them needs no
 * search, which would take quadratic time.
 */
export function changedLines(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  const groups: { start: number; end: number; edits: TextEdit[] }[] = [];
  for (const edit of edits.toSorted(byOffset)) {
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
    const unchanged = commonLines(before, after);
    return { start: start + unchanged, end, text: after.slice(unchanged) };
  });
}

/** Returns the lines that an edit touches; an empty range if it inserts whole lines between two others. */
function linesAround(text: string, { start, end, text: replacement }: TextEdit): Pick<TextEdit, 'start' | 'end'> {
  const first = startOfLine(text, start);
  const endsLine = replacement === '' || replacement.endsWith('\n');
  const isWhole = first === start && startOfLine(text, end) === end && endsLine;
  return { start: first, end: isWhole ? end : endOfLine(text, end) };
}

/** Returns the length of the whole lines that both texts begin with. */
function commonLines(one: string, other: string): number {
  let length = 0;
  for (let end = one.indexOf('\n') + 1; end > 0; end = one.indexOf('\n', length) + 1) {
    if (!other.startsWith(one.slice(length, end), length)) break;
    length = end;
  }
  return length;
}
