import { styleText } from 'node:util';
import type { ManifestFinding } from '../../index.ts';

/** A finding with the manifest that it is about. */
export interface FileFinding extends ManifestFinding {
  readonly file: string;
}

const colours = { error: 'red', warning: 'yellow', hint: 'cyan' } as const;

/** The finding as compilers write them, so that editors find the place: `file:line:column: error: message`. */
export function formatFinding(
  { file, line, column, severity, object, message }: FileFinding,
  stream: NodeJS.WriteStream,
): string {
  const about = object === undefined ? '' : `${object}: `;
  return `${file}:${line}:${column}: ${styleText(colours[severity], severity, { stream })}: ${about}${message}`;
}

/** A file that could not be read, as a finding. */
export function unreadable(file: string, problem: string): FileFinding {
  const place = { file, line: 1, column: 1, object: undefined, field: undefined };
  return { ...place, severity: 'error', code: 'syntax', message: problem };
}

/** 0: nothing wrong; 1: mistakes; 2: something could not be read. */
export function exitCodeOf(findings: readonly ManifestFinding[]): 0 | 1 | 2 {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => code === 'syntax')) return 2;
  return errors.length > 0 ? 1 : 0;
}
