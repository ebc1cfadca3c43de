import { isAbsolute, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAddress } from './fetch-manifest.ts';

/**
 * Returns the path of a file from the root of the repository, as code hosts need it: that of GITHUB_WORKSPACE, else the current
 * folder. A file that is not in there, a URL, and standard input keep their names.
 */
export function pathInRepository(file: string, root: string | undefined): string {
  if (isAddress(file) || file === 'stdin') return file;
  const path = relative(root || '.', resolve(file));
  const isInside = path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  return isInside ? path.replaceAll(sep, '/') : file;
}

/** Returns the URI reference of a path, with slashes and escapes. */
export function uriOfPath(path: string): string {
  if (isAddress(path)) return path;
  return isAbsolute(path) ? pathToFileURL(path).href : path.split(/[\\/]/).map(encodeURIComponent).join('/');
}
