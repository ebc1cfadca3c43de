import { closest, distance } from 'fastest-levenshtein';

export const maxShown = 80; // characters of a user's value in a message
const maxNames = 10; // names in a message; a hostile pod can have thousands

/** Truncates text to `max` characters, the last three of which are `...`. Never splits a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 3;
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, splitsPair ? end - 1 : end)}...`;
}

/**
 * Invisible characters: control and format characters, separators except the ordinary space, characters that renderers
 * may ignore (variation selectors, Hangul fillers), and three that are blank by design.
 * Source: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const invisible = /(?! )[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{16FE4}\u{1D159}]/gu;

/**
 * Formats a user's value for a message: in double quotes, truncated to 80 characters, with invisible characters
 * escaped. The API server drops a warning that contains a newline.
 */
export function quote(value: string): string {
  return JSON.stringify(cut(value, maxShown)).replace(invisible, escapeCharacter);
}

/**
 * Formats a suggested value for a message: like {@link quote}, but in single quotes if it contains double quotes, so that it can be
 * pasted into YAML as it is.
 */
export function quoteItem(value: string): string {
  const quoted = quote(value);
  const isPlain =
    value.length <= maxShown && !value.includes("'") && value.isWellFormed() && value.search(invisible) < 0;
  return isPlain && value.includes('"') ? `'${value}'` : quoted;
}

/** Formats a user's value for a message like {@link quote}, but without quotes: a key inside a longer name. */
export function printable(value: string): string {
  return quote(value).slice(1, -1);
}

/** Returns the character as JSON escapes: two of them for a character beyond U+FFFF. */
function escapeCharacter(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Returns `a`, `a or b`, or `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Returns a list of names: `"a", "b"`. After the first ten, gives only the number of the others. */
export function listNames(names: readonly string[], format: (name: string) => string = quote): string {
  const listed = names.slice(0, maxNames).map(format).join(', ');
  return names.length > maxNames ? `${listed} and ${names.length - maxNames} more` : listed;
}

/** Returns the names of containers for a message: `container "a"`, or `containers "a", "b"`. */
export function listContainers(names: readonly string[]): string {
  return `container${names.length > 1 ? 's' : ''} ${listNames(names)}`;
}

/** Returns the known word that a misspelled word most likely means; undefined if none is similar. */
export function nearest<T extends string>(word: string, known: readonly T[]): T | undefined {
  if (word.length > maxShown || known.length === 0) return undefined;
  const lower = word.toLowerCase();
  const candidates = known.map((candidate) => candidate.toLowerCase());
  const best =
    candidates.find((candidate) => candidate === lower) ??
    candidates.find((candidate) => areAnagrams(candidate, lower)) ?? // `evn` for `env`
    closest(lower, candidates);
  const isNear = areAnagrams(best, lower) || distance(lower, best) <= Math.max(1, Math.floor(best.length / 4));
  return isNear ? known[candidates.indexOf(best)] : undefined;
}

function areAnagrams(one: string, other: string): boolean {
  return one.length === other.length && [...one].sort().join() === [...other].sort().join();
}

/** Returns the message of a caught error, which can be any value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
