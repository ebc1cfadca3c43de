import { closest, distance } from 'fastest-levenshtein';

export const maxShown = 80; // characters of a value of the user's that a message shows
const maxNames = 10; // names that a message lists: a hostile pod can have thousands

/** The text within `max` characters, cut with `...` where it is longer, never through a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 3;
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, splitsPair ? end - 1 : end)}...`;
}

/**
 * Characters that nobody sees: controls, format characters, spaces other than the usual one, what Unicode lets a
 * renderer ignore (variation selectors, fillers of Hangul), and three that are blank by design.
 * Source: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const invisible = /(?! )[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{16FE4}\u{1D159}]/gu;

/**
 * Returns a value of the user's as messages show it: in double quotes, cut to 80 characters, control and other invisible
 * characters escaped (a newline would make the API server drop a warning).
 */
export function quote(value: string): string {
  return JSON.stringify(cut(value, maxShown)).replace(invisible, escapeCharacter);
}

/** The same without the quotes, for a key of the user's inside a longer name. */
export function printable(value: string): string {
  return quote(value).slice(1, -1);
}

/** The character in JSON's notation, which is two escapes for one beyond U+FFFF. */
function escapeCharacter(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Names of the user's, quoted unless shown otherwise: `"a", "b"`. Past ten it only says how many more there are. */
export function listNames(names: readonly string[], show: (name: string) => string = quote): string {
  const shown = names.slice(0, maxNames).map(show).join(', ');
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}

/** The known word that a misspelt one most likely means; undefined where none is near. */
export function nearest<T extends string>(word: string, known: readonly T[]): T | undefined {
  if (word.length > maxShown || known.length === 0) return undefined;
  const lower = word.toLowerCase();
  const candidates = known.map((candidate) => candidate.toLowerCase());
  const best =
    candidates.find((candidate) => candidate === lower) ??
    candidates.find((candidate) => hasSameLetters(candidate, lower)) ?? // `evn` for `env`
    closest(lower, candidates);
  const isNear = hasSameLetters(best, lower) || distance(lower, best) <= Math.max(1, Math.floor(best.length / 4));
  return isNear ? known[candidates.indexOf(best)] : undefined;
}

function hasSameLetters(one: string, other: string): boolean {
  return one.length === other.length && [...one].sort().join() === [...other].sort().join();
}

/** What a caught value says: an error's message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
