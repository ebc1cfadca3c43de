import { endOfLine } from './text-lines.ts';

/** The text of one document of a YAML stream. */
export interface SourceDocument {
  readonly text: string;
  /** Where the text begins, in characters from the beginning of the stream. */
  readonly offset: number;
}

const markers = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm; // nothing else can look like these at the beginning of a line
const onlyDirectivesAndComments = /^\uFEFF?(?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*$/;

/**
 * Splits a YAML stream into its documents, whose texts joined are the stream. A document includes the `---` before it,
 * and the comments and directives before that. Source: https://yaml.org/spec/1.2.2/#92-streams
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
