import type { Tags } from 'yaml';

/** Leaves numbers as text: the version 1.30 is not 1.3. */
const withoutNumbers = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === 'string' || !/:(?:int|float)$/.test(tag.tag));

/** Parses settings in YAML, with merge keys (`<<`) as in every file that Kubernetes reads. Throws the parser's error. */
export async function parseSettings(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text, { customTags: withoutNumbers, merge: true });
}
