/** The items of a list: separated by commas or newlines, spaces around them and empty items ignored. */
export function splitList(value: string): readonly string[] {
  return value
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
