/** A document of a manifest, by its place in the whole text. */
export interface SourceDocument {
  readonly text: string;
  /** Where the text begins: characters from the beginning of the manifest. */
  readonly offset: number;
}

/** A place as editors count: both from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const markers = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm; // at the beginning of a line nothing else can look like them
const onlyDirectivesAndComments = /^\uFEFF?(?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*$/;

/**
 * The documents of a manifest in order; their texts together are the manifest. A document has the `---` before it, and
 * the comments and directives before that. Source: https://yaml.org/spec/1.2.2/#92-streams
 */
export function splitDocuments(text: string): readonly SourceDocument[] {
  const documents: SourceDocument[] = [];
  let offset = 0;
  const cut = (end: number) => {
    if (end > offset) documents.push({ text: text.slice(offset, end), offset });
    offset = end;
  };
  let hasMarker = false;
  for (const { 0: marker, index } of text.matchAll(markers)) {
    if (marker === '---') {
      if (hasMarker || !onlyDirectivesAndComments.test(text.slice(offset, index))) cut(index);
      hasMarker = true;
    } else {
      cut(endOfLine(text, index));
      hasMarker = false;
    }
  }
  cut(text.length);
  return documents;
}

/** Where the line ends that the offset is in: behind its line break, or at the end of the text. */
export function endOfLine(text: string, offset: number): number {
  const lineBreak = text.indexOf('\n', offset);
  return lineBreak < 0 ? text.length : lineBreak + 1;
}

/** Where the line begins that the offset is in. */
export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offsets of the whole manifest to positions. */
export type Positions = (offset: number) => Position;

/** Turns offsets of a text into positions. The text is read once, at the first of them. */
export function createPositions(text: string): Positions {
  let starts: readonly number[] | undefined;
  return (offset) => {
    starts ??= startsOfLines(text);
    let [line, behind] = [1, starts.length + 1]; // from 1; the offset is in `line` or after it, and before `behind`
    while (line + 1 < behind) {
      const middle = (line + behind) >> 1;
      if ((starts[middle - 1] ?? 0) <= offset) line = middle;
      else behind = middle;
    }
    const lineStart = starts[line - 1] ?? 0;
    const byteOrderMark = lineStart === 0 && text.charCodeAt(0) === 0xfeff ? 1 : 0;
    return { line, column: Math.max(1, offset - lineStart + 1 - byteOrderMark) };
  };
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
