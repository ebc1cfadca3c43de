import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { excludedBy, type IsExcluded } from './excluded-paths.ts';
import { addressForMessages, fetchManifest, isAddress } from './fetch-manifest.ts';
import { decodeText, describeFileError, failedText, type InputText, readText } from './file-text.ts';

/** A manifest to read. */
export interface ManifestInput {
  /** The path, the URL, or `stdin`. */
  readonly name: string;
  /** Whether it was found in a folder, rather than named. */
  readonly isFound: boolean;
  readonly read: () => InputText;
}

/** The flags that select manifests, as commander parses them. */
export interface InputFlags {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly exclude?: readonly string[];
}

const extensions = /\.(?:ya?ml|json)$/i;
const foldersOfTools = ['.git', 'node_modules']; // these are large, and nobody has manifests there

/**
 * Returns the manifests that the flags name, in order. A path is a file, a folder (its .yaml, .yml and .json files, and
 * with `recursive` those in its subfolders), a URL, or `-` for standard input. A path that does not exist is an input that
 * cannot be read.
 */
export async function findInputs(
  { filename, recursive = false, exclude = [] }: InputFlags,
  stdin: NodeJS.ReadableStream,
): Promise<readonly ManifestInput[]> {
  const search: Search = { recursive, isExcluded: excludedBy(exclude) };
  const inputs: ManifestInput[] = [];
  for (const path of filename) {
    if (path === '-') {
      const content = await buffer(stdin);
      inputs.push({ name: 'stdin', isFound: false, read: () => decodeText(content) });
    } else if (isAddress(path)) {
      const fetched = await fetchManifest(path);
      const read = () => (fetched.kind === 'content' ? decodeText(fetched.content) : failedText(fetched.problem));
      inputs.push({ name: addressForMessages(path), isFound: false, read });
    } else {
      inputs.push(...fromNamedPath(path, search));
    }
  }
  return inputs;
}

interface Search {
  readonly recursive: boolean;
  readonly isExcluded: IsExcluded;
}

function fromNamedPath(path: string, search: Search): readonly ManifestInput[] {
  if (search.isExcluded(path)) return [];
  try {
    if (!statSync(path).isDirectory()) return [{ name: path, isFound: false, read: () => readText(path) }];
    let excluded = 0;
    const isExcluded = (inner: string) => {
      const isOut = search.isExcluded(inner, path);
      if (isOut) excluded++;
      return isOut;
    };
    const inputs = inFolder(path, { ...search, isExcluded });
    if (inputs.length > 0 || excluded > 0) return inputs;
    const hint = search.recursive ? '' : '; -R includes subfolders';
    return [failedInput(path, `there is no .yaml, .yml or .json file in it${hint}`)];
  } catch (error) {
    return [failedInput(path, describeFileError(error))];
  }
}

function inFolder(folder: string, search: Search): readonly ManifestInput[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
    return entries.flatMap((entry): readonly ManifestInput[] => {
      const path = join(folder, entry.name);
      if (search.isExcluded(path)) return [];
      if (entry.isDirectory())
        return search.recursive && !foldersOfTools.includes(entry.name) ? inFolder(path, search) : [];
      // like kubectl, do not follow a link to a folder, which might lead back here; and a pipe would never end
      const file = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
      if (file && !file.isFile()) return [];
      return extensions.test(entry.name) ? [{ name: path, isFound: true, read: () => readText(path) }] : [];
    });
  } catch (error) {
    return [failedInput(folder, describeFileError(error))];
  }
}

function failedInput(name: string, problem: string): ManifestInput {
  return { name, isFound: false, read: () => failedText(problem) };
}
