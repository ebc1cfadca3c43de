import { distance } from 'fastest-levenshtein';

/** Removes leading words that only say where a field is. Keeps at least one word. */
export function withoutLeading(all: readonly string[], isPlace: (word: string) => boolean): readonly string[] {
  const words = all.filter((word) => word !== '');
  const first = words.findIndex((word, index) => index === words.length - 1 || !isPlace(word));
  return words.slice(Math.max(first, 0));
}

/**
 * Returns the known word that equals a word, has the same letters, or differs by one letter, or by two if it has at
 * least ten letters. A known word of fewer than four letters must have the same letters: `gpu` is not a misspelled `cpu`.
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (known.includes(word)) return word;
  const sameLength = known.filter((one) => one.length === word.length && one.length >= 3);
  const letters = sameLength.length === 0 ? '' : sorted(word);
  const anagram = sameLength.find((one) => sorted(one) === letters);
  if (anagram !== undefined) return anagram;
  return known.find((one) => {
    const maxDistance = one.length < 4 ? 0 : one.length < 10 ? 1 : 2;
    return Math.abs(one.length - word.length) <= maxDistance && distance(word, one) <= maxDistance;
  });
}

function sorted(word: string): string {
  return [...word].sort().join('');
}
