import { styleText } from 'node:util';
import { FILE_HEADERS_ONLY, formatPatch, type StructuredPatchHunk } from 'diff';
import type { DocumentChange } from '../../index.ts';
import type { OutputStream } from '../invocation.ts';

const context = 3; // unchanged lines around a change, as in diff and git

/**
 * Returns a unified diff of a manifest's documents, which `git apply` accepts if `file` is a path in the repository; empty if
 * nothing changes. On a terminal it is colored. The playground calls it in a browser.
 *
 * The library formats the hunks but does not compute them. Its structuredPatch accepts two texts, not known changes, and
 * searches for the difference in quadratic time: for 400 pods with ambassadors, 37,600 lines, it took 28 s, whereas the
 * known changes take 0.07 s.
 */
export function unifiedDiff(file: string, documents: readonly DocumentChange[], stream: OutputStream): string {
  const hunks = hunksOf(documents.flatMap(linesOf));
  if (hunks.length === 0) return '';
  const name = file.replace(/^\/+/, '');
  const names = { oldFileName: `a/${name}`, newFileName: `b/${name}`, oldHeader: undefined, newHeader: undefined };
  return formatPatch({ ...names, hunks }, FILE_HEADERS_ONLY)
    .split('\n')
    .map((line) => paint(line, stream))
    .join('\n');
}

interface DiffLine {
  readonly mark: ' ' | '+' | '-';
  readonly text: string;
  /** Whether it is the last line of a file without a final line break. */
  readonly isUnterminated: boolean;
}

function linesOf({ before, lines }: DocumentChange): readonly DiffLine[] {
  let position = 0;
  const parts = lines.flatMap(({ start, end, text }) => {
    const unchanged = before.slice(position, start);
    position = end;
    return [...markLines(' ', unchanged), ...markLines('-', before.slice(start, end)), ...markLines('+', text)];
  });
  return [...parts, ...markLines(' ', before.slice(position))];
}

function markLines(mark: DiffLine['mark'], text: string): readonly DiffLine[] {
  const lines = text.split('\n');
  const isUnterminated = lines.at(-1) !== '';
  if (!isUnterminated) lines.pop();
  return lines.map(
    (line, index): DiffLine => ({ mark, text: line, isUnterminated: isUnterminated && index === lines.length - 1 }),
  );
}

function hunksOf(lines: readonly DiffLine[]): StructuredPatchHunk[] {
  let position = 0;
  let [oldStart, newStart] = [1, 1];
  return rangesOf(lines).map(({ from, to }) => {
    const skipped = from - position; // unchanged lines between two hunks
    const part = lines.slice(from, to);
    const oldLines = part.filter(({ mark }) => mark !== '+').length;
    const newLines = part.filter(({ mark }) => mark !== '-').length;
    const hunk = {
      oldStart: oldStart + skipped,
      newStart: newStart + skipped,
      oldLines,
      newLines,
      lines: part.flatMap(hunkLines),
    };
    position = to;
    oldStart = hunk.oldStart + oldLines;
    newStart = hunk.newStart + newLines;
    return hunk;
  });
}

/** Returns the ranges of lines that hunks show: the changes with their context, joined if they touch. */
function rangesOf(lines: readonly DiffLine[]): readonly { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const [index, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const from = Math.max(0, index - context);
    const to = Math.min(lines.length, index + 1 + context);
    const last = ranges.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

function hunkLines({ mark, text, isUnterminated }: DiffLine): readonly string[] {
  return isUnterminated ? [mark + text, '\\ No newline at end of file'] : [mark + text];
}

function paint(line: string, stream: OutputStream): string {
  if (line.startsWith('---') || line.startsWith('+++')) return styleText('bold', line, { stream });
  if (line.startsWith('@@')) return styleText('cyan', line, { stream });
  if (line.startsWith('+')) return styleText('green', line, { stream });
  return line.startsWith('-') ? styleText('red', line, { stream }) : line;
}
