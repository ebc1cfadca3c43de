/** Stands in for node:util in the browser: the engine compares JSON values with it, and prints without colors. */

/** Returns whether two values from JSON are equal, whatever the order of their keys. */
export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => isDeepStrictEqual(item, other[index]));
  }
  const [members, others] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = Object.keys(members);
  if (keys.length !== Object.keys(others).length) return false;
  return keys.every((key) => Object.hasOwn(others, key) && isDeepStrictEqual(members[key], others[key]));
}

/** Returns the text as it is: a page has styles of its own. */
export function styleText(_format: string, text: string): string {
  return text;
}
