import { readFile } from 'node:fs/promises';
import type { Tags } from 'yaml';
import type { SettingSources } from '../config/setting-sources.ts';
import { messageOf } from '../diagnostics/text.ts';
import { UsageError } from './usage-error.ts';

/** Leaves numbers as text: the version 1.30 is not 1.3. */
const withoutNumbers = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === 'string' || !/:(?:int|float)$/.test(tag.tag));

/** Reads the file of `--config` as YAML; undefined without one. Throws a UsageError if it cannot be read. */
export async function readSettingsFile(name: unknown): Promise<SettingSources['file']> {
  if (typeof name !== 'string') return undefined;
  try {
    return { name, content: await parseSettings(await readFile(name, 'utf8')) };
  } catch (error) {
    throw new UsageError(`--config: cannot read ${name}: ${messageOf(error)}`);
  }
}

/** Parses settings in YAML. Throws the parser's error. */
export async function parseSettings(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text, { customTags: withoutNumbers });
}
