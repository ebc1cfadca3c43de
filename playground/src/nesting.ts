// The parser of the editor calls itself for each level of nesting, and stops with an error in the middle of a change when it
// runs out of stack, which takes a few thousand levels.
const maxBrackets = 500;
const maxIndentation = 1000; // characters; a level takes at least one

/** Reports whether YAML may nest too deeply for the parser of the editor. No manifest does. */
export function nestsTooDeeply(lines: Iterable<string>): boolean {
  let brackets = 0; // of flow collections, open at once; those in a string or a comment count as well
  for (const line of lines) {
    if (compactNesting.test(line)) return true;
    for (let at = 0; at < line.length; at++) {
      const character = line[at];
      if (character === '[' || character === '{') brackets++;
      else if ((character === ']' || character === '}') && brackets > 0) brackets--;
      if (brackets > maxBrackets) return true;
    }
  }
  return false;
}

/** The indentation of a line, with the indicators of collections that begin on it: `- - ? -`. */
const compactNesting = new RegExp(`^[\\s?:-]{${maxIndentation}}`);
