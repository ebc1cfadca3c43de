import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { messageOf } from '../../diagnostics/text.ts';

/** The text of a manifest, or why it cannot be read. */
export type InputText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failure'; readonly problem: string };

/** A manifest to read. */
export interface ManifestInput {
  /** The path, or `stdin`. */
  readonly name: string;
  readonly read: () => InputText;
}

const extensions = /\.(?:ya?ml|json)$/i;

/**
 * Returns the manifests that paths name, in order. A path is a file, a folder (its .yaml, .yml and .json files, and
 * with `recursive` those in its subfolders) or `-` for standard input. A path that does not exist is an input that
 * cannot be read.
 */
export async function findInputs(
  paths: readonly string[],
  recursive: boolean,
  stdin: NodeJS.ReadableStream,
): Promise<readonly ManifestInput[]> {
  const inputs: ManifestInput[] = [];
  for (const path of paths) {
    if (path === '-') {
      const content = await buffer(stdin);
      inputs.push({ name: 'stdin', read: () => decode(content) });
    } else {
      inputs.push(...fromPath(path, recursive, true));
    }
  }
  return inputs;
}

function fromPath(path: string, recursive: boolean, isNamed: boolean): readonly ManifestInput[] {
  try {
    if (!statSync(path).isDirectory()) {
      return isNamed || extensions.test(path) ? [{ name: path, read: () => readText(path) }] : [];
    }
    const entries = readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
    const inputs = entries.flatMap((entry) => {
      const inner = join(path, entry.name);
      // like kubectl, do not follow a link to a folder, which might lead back here
      if (entry.isSymbolicLink() && statSync(inner, { throwIfNoEntry: false })?.isDirectory()) return [];
      return entry.isDirectory() && !recursive ? [] : fromPath(inner, recursive, false);
    });
    if (isNamed && inputs.length === 0) {
      const hint = recursive ? '' : '; -R includes subfolders';
      return [failedInput(path, `there is no .yaml, .yml or .json file in it${hint}`)];
    }
    return inputs;
  } catch (error) {
    return [failedInput(path, describeError(error))];
  }
}

function failedInput(name: string, problem: string): ManifestInput {
  return { name, read: () => failure(problem) };
}

function readText(path: string): InputText {
  try {
    return decode(readFileSync(path));
  } catch (error) {
    return failure(describeError(error));
  }
}

function decode(content: Uint8Array): InputText {
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return failure('it is UTF-16; kubectl and this program require UTF-8');
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content) };
  } catch {
    return failure('it is not UTF-8 text');
  }
}

function failure(problem: string): InputText {
  return { kind: 'failure', problem };
}

const descriptions: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links form a loop',
};

function describeError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return descriptions[code] ?? messageOf(error);
}
