import { styleText } from 'node:util';
import type { ManifestFinding } from '../../index.ts';

/** A finding with the manifest that it is about. */
export interface FileFinding extends Omit<ManifestFinding, 'line' | 'column'> {
  readonly file: string;
  /** From 1; undefined for a file that could not be read, which has no places. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}

const colours = { error: 'red', warning: 'yellow', hint: 'cyan' } as const;

/**
 * The finding as compilers write them, so that editors find the place: `file:line:column: error: message`, or without a place
 * `file: error: message`.
 */
export function formatFinding(
  { file, line, column, severity, object, message }: FileFinding,
  stream: NodeJS.WriteStream,
): string {
  const about = object === undefined ? '' : `${object}: `;
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}: ${styleText(colours[severity], severity, { stream })}: ${about}${message}`;
}

/** A file that could not be read, as a finding. */
export function unreadable(file: string, problem: string): FileFinding {
  const nowhere = { line: undefined, column: undefined, object: undefined, field: undefined };
  return { file, ...nowhere, severity: 'error', code: 'syntax', message: problem };
}

/** 0: nothing wrong; 1: mistakes; 2: something could not be read. */
export function exitCodeOf(findings: readonly Pick<ManifestFinding, 'severity' | 'code'>[]): 0 | 1 | 2 {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => code === 'syntax')) return 2;
  return errors.length > 0 ? 1 : 0;
}
