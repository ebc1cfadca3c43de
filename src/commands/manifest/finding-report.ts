import { styleText } from 'node:util';
import type { ManifestFinding } from '../../index.ts';
import type { OutputStream } from '../invocation.ts';

/** A finding with the name of its file. */
export interface FileFinding extends Omit<ManifestFinding, 'line' | 'column'> {
  readonly file: string;
  /** From 1; undefined for a file that cannot be read. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}

const colors = { error: 'red', warning: 'yellow', hint: 'cyan' } as const;

/**
 * Formats a finding as compilers do, so that editors can jump to it: `file:line:column: error: message`, or without a
 * position `file: error: message`.
 */
export function formatFinding(
  { file, line, column, severity, object, message }: FileFinding,
  stream: OutputStream,
): string {
  const prefix = object === undefined ? '' : `${object}: `;
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}: ${styleText(colors[severity], severity, { stream })}: ${prefix}${message}`;
}

/** Returns the finding that a file cannot be read. */
export function unreadable(file: string, problem: string): FileFinding {
  const noPlace = { line: undefined, column: undefined, object: undefined, field: undefined };
  return { file, ...noPlace, severity: 'error', code: 'syntax', message: problem };
}

/** Returns 0 without errors, 1 for mistakes, and 2 if something cannot be read. */
export function exitCodeOf(findings: readonly Pick<ManifestFinding, 'severity' | 'code'>[]): 0 | 1 | 2 {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => code === 'syntax')) return 2;
  return errors.length > 0 ? 1 : 0;
}
