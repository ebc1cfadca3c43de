import { readFileSync } from 'node:fs';
import { messageOf } from '../../diagnostics/text.ts';

/** The text of a manifest, or why it cannot be read. */
export type InputText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failure'; readonly problem: string };

/** Reads a file as UTF-8 text. */
export function readText(path: string): InputText {
  try {
    return decodeText(readFileSync(path));
  } catch (error) {
    return failedText(describeFileError(error));
  }
}

/** Decodes UTF-8 text, with its byte order mark. */
export function decodeText(content: Uint8Array): InputText {
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return failedText('it is UTF-16; kubectl and this program require UTF-8');
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) };
  } catch {
    return failedText('it is not UTF-8 text');
  }
}

/** Returns the result of an input that cannot be read. */
export function failedText(problem: string): InputText {
  return { kind: 'failure', problem };
}

const descriptions: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links form a loop',
};

/** Describes why a file or folder cannot be read. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return descriptions[code] ?? messageOf(error);
}
