/**
 * Returns a regular expression that matches one element of a path unless it is one of the words, which consist of lowercase
 * letters. The RE2 engine of kubectl has no lookahead, so the expression enumerates where an element can differ.
 */
export function elementOtherThan(words: readonly string[]): string {
  return `(${differences(words)})`;
}

/** Returns the expression for what can follow a common prefix of words; `words` are the remainders, empty for a whole word. */
function continuation(words: readonly string[]): string {
  const isOptional = !words.includes('');
  const open = words.filter((word) => word !== '');
  if (open.length === 0) return '[^/]+';
  return isOptional ? `(${differences(open)})?` : `(${differences(open)})`;
}

function differences(words: readonly string[]): string {
  const letters = [...new Set(words.map((word) => word.charAt(0)))];
  const sameLetter = letters.map((letter) => {
    const remainders = words.filter((word) => word.startsWith(letter)).map((word) => word.slice(1));
    return `${letter}${continuation(remainders)}`;
  });
  return [`[^/${letters.join('')}][^/]*`, ...sameLetter].join('|');
}
