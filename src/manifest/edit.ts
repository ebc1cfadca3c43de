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
