import { styleText } from 'node:util';
import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk } from 'diff';
import type { DocumentChange } from '../../index.ts';

const context = 3; // lines around a change, as diff and git have it

/** A unified diff of a manifest's documents, coloured on a terminal; empty where nothing changed. `git apply` takes it. */
export function unifiedDiff(file: string, documents: readonly DocumentChange[], stream: NodeJS.WriteStream): string {
  const hunks = hunksOf(documents.flatMap(linesOf));
  if (hunks.length === 0) return '';
  const name = file.replace(/^\/+/, '');
  const names = { oldFileName: `a/${name}`, newFileName: `b/${name}`, oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...names, hunks }, FILE_HEADERS_ONLY)
    .split('\n')
    .map((line) => paint(line, stream))
    .join('\n');
}

interface Line {
  readonly mark: ' ' | '+' | '-';
  readonly text: string;
  /** Whether the file ends with it, without a line break. */
  readonly isCut: boolean;
}

function linesOf({ before, lines }: DocumentChange): readonly Line[] {
  let position = 0;
  const parts = lines.flatMap(({ start, end, text }) => {
    const same = before.slice(position, start);
    position = end;
    return [...marked(' ', same), ...marked('-', before.slice(start, end)), ...marked('+', text)];
  });
  return [...parts, ...marked(' ', before.slice(position))];
}

function marked(mark: Line['mark'], part: string): readonly Line[] {
  const lines = part.split('\n');
  const isCut = lines.at(-1) !== '';
  if (!isCut) lines.pop();
  return lines.map((text, index): Line => ({ mark, text, isCut: isCut && index === lines.length - 1 }));
}

function hunksOf(lines: readonly Line[]): StructuredPatchHunk[] {
  const ranges: { from: number; to: number }[] = [];
  for (const [index, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const from = Math.max(0, index - context);
    const to = Math.min(lines.length, index + 1 + context);
    const last = ranges.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else ranges.push({ from, to });
  }
  let position = 0;
  let [oldStart, newStart] = [1, 1];
  return ranges.map(({ from, to }) => {
    const skipped = from - position; // nothing changes between two hunks
    const part = lines.slice(from, to);
    const oldLines = part.filter(({ mark }) => mark !== '+').length;
    const newLines = part.filter(({ mark }) => mark !== '-').length;
    const hunk = {
      oldStart: oldStart + skipped,
      newStart: newStart + skipped,
      oldLines,
      newLines,
      lines: part.flatMap(write),
    };
    position = to;
    oldStart = hunk.oldStart + oldLines;
    newStart = hunk.newStart + newLines;
    return hunk;
  });
}

function write({ mark, text, isCut }: Line): readonly string[] {
  return isCut ? [mark + text, '\\ No newline at end of file'] : [mark + text];
}

function paint(line: string, stream: NodeJS.WriteStream): string {
  if (line.startsWith('---') || line.startsWith('+++')) return styleText('bold', line, { stream });
  if (line.startsWith('@@')) return styleText('cyan', line, { stream });
  if (line.startsWith('+')) return styleText('green', line, { stream });
  return line.startsWith('-') ? styleText('red', line, { stream }) : line;
}
