/**
 * Returns a regular expression for one element of a path that is none of the given words, of lowercase letters each.
 * RE2, which kubectl has, knows no lookahead, so the expression spells out where an element may differ.
 */
export function elementOtherThan(words: readonly string[]): string {
  return `(${differences(words)})`;
}

/** What may follow once an element has begun as these words do; an empty word stands for one that is complete. */
function rest(words: readonly string[]): string {
  const isOptional = !words.includes('');
  const open = words.filter((word) => word !== '');
  if (open.length === 0) return '[^/]+';
  return isOptional ? `(${differences(open)})?` : `(${differences(open)})`;
}

function differences(words: readonly string[]): string {
  const letters = [...new Set(words.map((word) => word.charAt(0)))];
  const longer = letters.map((letter) => {
    const begun = words.filter((word) => word.startsWith(letter)).map((word) => word.slice(1));
    return `${letter}${rest(begun)}`;
  });
  return [`[^/${letters.join('')}][^/]*`, ...longer].join('|');
}
