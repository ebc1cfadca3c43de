import { splitList } from '../annotations/annotation-list.ts';
import { invalid, type ParsedValue, unsupported, valid } from '../annotations/parsed-value.ts';
import { nearest, quote } from '../diagnostics/text.ts';
import { type AccessPreset, accessPresets, ambassadorOptions } from '../injection/ambassador/ambassador-options.ts';

/** Parses names of namespaces, in which `*` can be the last character. */
export function parseNamespacePatterns(text: string): ParsedValue<readonly string[]> {
  const isPattern = (item: string) =>
    /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?|(?:[a-z0-9][-a-z0-9]{0,62})?\*)$/.test(item);
  const requirement = 'must be names of namespaces, each with "*" at the end or without, for example "shop, team-*"';
  return parseEach(text, isPattern, requirement);
}

/** Parses names of Secrets. */
export function parseSecretNames(text: string): ParsedValue<readonly string[]> {
  const isName = (item: string) =>
    item.length <= 253 && item.split('.').every((label) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(label));
  return parseEach(text, isName, 'must be names of Secrets, for example "registry-credentials"');
}

/** Parses access presets, each of which a pod may request. */
export function parsePresets(
  text: string,
  supported: readonly AccessPreset[] = accessPresets,
): ParsedValue<readonly AccessPreset[]> {
  const items = splitList(text);
  const unknown = items.find((item) => !supported.some((preset) => preset === item));
  if (unknown !== undefined) return unsupported(supported, nearest(unknown, supported));
  const presets = supported.filter((preset) => items.includes(preset));
  return presets.length > 0 ? valid(presets) : invalid('must name at least one preset, for example "read-only"');
}

/** The access presets that restrict something, so that it makes sense to require them. */
export const restrictivePresets = accessPresets.filter((preset) => preset !== 'full');

/** Parses access presets that each ambassador must have. */
export function parseRequiredPresets(text: string): ParsedValue<readonly AccessPreset[]> {
  return parsePresets(text, restrictivePresets);
}

/**
 * Parses prefixes of images. Each ends where a part of an image reference ends, because `registry.example.com` would also
 * allow `registry.example.com.evil/image`.
 */
export function parseImagePrefixes(text: string): ParsedValue<readonly string[]> {
  const items = [...new Set(splitList(text))];
  const wrong = items.find((item) => !isImagePrefix(item));
  if (items.length > 0 && wrong === undefined) return valid(items);
  const right = wrong === undefined ? undefined : prefixMeant(wrong);
  const problem = 'must be prefixes of images that end with "/", ":", or "@"';
  if (wrong !== undefined && right !== undefined)
    return invalid(`${problem}; write ${quote(right)} for ${quote(wrong)}`);
  return invalid(`${problem}, for example "registry.example.com/"`);
}

/** Reports whether some image begins with this prefix, and the prefix ends with a separator. */
function isImagePrefix(prefix: string): boolean {
  const rest = prefix.endsWith('@') ? `sha256:${'0'.repeat(64)}` : 'a';
  return /[/:@]$/.test(prefix) && ambassadorOptions.image(prefix + rest).kind === 'valid';
}

/** Returns the prefix that was probably meant: that of all tags of an image, or of all images of a registry or a folder. */
function prefixMeant(item: string): string | undefined {
  const [, name = '', separator = ''] = /^(.+?)([:@])[^/]*$/.exec(item) ?? [];
  const isRegistry = /^[^/]+:\d+$/.test(item) && !name.includes('/');
  const candidates = isRegistry || separator === '' ? [`${item}/`] : [name + separator, `${item}/`];
  return candidates.find(isImagePrefix);
}

function parseEach(
  text: string,
  isValid: (item: string) => boolean,
  requirement: string,
): ParsedValue<readonly string[]> {
  const items = [...new Set(splitList(text))];
  const wrong = items.find((item) => !isValid(item));
  if (wrong !== undefined && items.length > 1) return invalid(`${requirement}; ${quote(wrong)} is none`);
  return wrong === undefined && items.length > 0 ? valid(items) : invalid(requirement);
}
