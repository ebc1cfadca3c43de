import { normalize, relative, sep } from 'node:path';

/** Returns whether a file or folder is left out. `folder` is the one of `-f` in which it was found. */
export type IsExcluded = (path: string, folder?: string) => boolean;

/**
 * Returns the filter of `--exclude`. As in .gitignore, a pattern without a slash matches the name of a file or folder at any
 * depth, and another one a path, from the current folder or from that of `-f`; a folder includes everything in it.
 */
export function excludedBy(patterns: readonly string[]): IsExcluded {
  const globs = patterns.map((pattern) => {
    const trimmed = pattern.replace(/^(?:\.?\/)+|\/+$/g, '');
    const isName = !trimmed.includes('/');
    return { isName, regex: regexOf(trimmed) };
  });
  return (path, folder) => {
    if (globs.length === 0) return false;
    const whole = slashes(normalize(path));
    const inner = folder === undefined ? whole : slashes(relative(folder, path));
    const name = whole.slice(whole.lastIndexOf('/') + 1);
    return globs.some(({ isName, regex }) =>
      isName ? regex.test(name) : [whole, inner].some((one) => parents(one).some((parent) => regex.test(parent))),
    );
  };
}

function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** Returns the path and those of the folders that contain it. */
function parents(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Translates a glob: `*` and `?` stand for characters other than a slash, `**` for any folders. */
function regexOf(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:[^/]*/)*';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
