import { readFile } from 'node:fs/promises';
import type { Tags } from 'yaml';
import type { SettingSources } from '../config.ts';
import { messageOf } from '../text.ts';
import { UsageError } from './usage-error.ts';

/** Numbers stay as they are written: a version 1.30 is not 1.3. */
const withoutNumbers = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === 'string' || !/:(?:int|float)$/.test(tag.tag));

/** The file that `--config` names, read as YAML; undefined without one. Throws a UsageError where it cannot be read. */
export async function readSettingsFile(name: unknown): Promise<SettingSources['file']> {
  if (typeof name !== 'string') return undefined;
  const { parse } = await import('yaml');
  try {
    return { name, content: parse(await readFile(name, 'utf8'), { customTags: withoutNumbers }) };
  } catch (error) {
    throw new UsageError(`--config: cannot read ${name}: ${messageOf(error)}`);
  }
}
