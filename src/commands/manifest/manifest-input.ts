import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { messageOf } from '../../diagnostics/text.ts';

/** A manifest to read, by the name that it is told under. */
export interface Input {
  readonly name: string;
  /** Its text, or why it cannot be read. */
  readonly read: () => { readonly text: string } | { readonly problem: string };
}

const endings = /\.(?:ya?ml|json)$/i;

/**
 * The manifests that paths name, in order: files, folders (of those the .yaml, .yml and .json files, with `recursive`
 * in folders within, too) and `-` for standard input. A path that is not there gives an input that cannot be read.
 */
export async function findInputs(paths: readonly string[], recursive: boolean): Promise<readonly Input[]> {
  const inputs: Input[] = [];
  for (const path of paths) {
    if (path === '-') {
      const content = await buffer(process.stdin);
      inputs.push({ name: 'stdin', read: () => decode(content) });
    } else {
      inputs.push(...fromPath(path, recursive, true));
    }
  }
  return inputs;
}

function fromPath(path: string, recursive: boolean, isNamed: boolean): readonly Input[] {
  try {
    if (!statSync(path).isDirectory()) {
      return isNamed || endings.test(path) ? [{ name: path, read: () => readText(path) }] : [];
    }
    const entries = readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
    const inputs = entries.flatMap((entry) => {
      const inner = join(path, entry.name);
      // as kubectl does: a link to a folder is not followed, which might lead back here
      if (entry.isSymbolicLink() && statSync(inner, { throwIfNoEntry: false })?.isDirectory()) return [];
      return entry.isDirectory() && !recursive ? [] : fromPath(inner, recursive, false);
    });
    if (isNamed && inputs.length === 0) {
      const hint = recursive ? '' : '; folders within are looked at with -R';
      return [unreadable(path, `there is no .yaml, .yml or .json file in it${hint}`)];
    }
    return inputs;
  } catch (error) {
    return [unreadable(path, sentence(error))];
  }
}

function readText(path: string): { text: string } | { problem: string } {
  try {
    return decode(readFileSync(path));
  } catch (error) {
    return { problem: sentence(error) };
  }
}

function decode(content: Uint8Array): { text: string } | { problem: string } {
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { problem: 'it is UTF-16; kubectl and this program take UTF-8' };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) };
  } catch {
    return { problem: 'it is no text in UTF-8' };
  }
}

function unreadable(name: string, problem: string): Input {
  return { name, read: () => ({ problem }) };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
};

function sentence(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? messageOf(error);
}
