// The parser of the editor calls itself for each level of nesting. After a few thousand levels it can run out of stack, which
// makes the change of the text fail.
const maxBrackets = 500;
const maxIndentation = 1000; // characters; a level takes at least one

/** The indentation of a line, with the indicators of collections that begin on it, as in `- - ? -`. */
const deepIndentation = new RegExp(`^[\\s?:-]{${maxIndentation}}`);

/** Reports whether YAML may nest too deeply for the parser of the editor. No real manifest does. */
export function nestsTooDeeply(lines: Iterable<string>): boolean {
  let open = 0; // brackets; those in strings and comments count as well
  for (const line of lines) {
    if (line.length >= maxIndentation && deepIndentation.test(line)) return true;
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      if (bracket === '[' || bracket === '{') open++;
      else if (open > 0) open--;
      if (open > maxBrackets) return true;
    }
  }
  return false;
}
