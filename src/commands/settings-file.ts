import { readFile } from 'node:fs/promises';
import type { Tags } from 'yaml';
import type { SettingSources } from '../config/setting-sources.ts';
import { messageOf } from '../diagnostics/text.ts';
import { UsageError } from './usage-error.ts';

/** Numbers stay as they are written: a version 1.30 is not 1.3. */
const withoutNumbers = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === 'string' || !/:(?:int|float)$/.test(tag.tag));

/** The file that `--config` names, read as YAML; undefined without one. Throws a UsageError where it cannot be read. */
export async function readSettingsFile(name: unknown): Promise<SettingSources['file']> {
  if (typeof name !== 'string') return undefined;
  try {
    return { name, content: await parseSettings(await readFile(name, 'utf8')) };
  } catch (error) {
    throw new UsageError(`--config: cannot read ${name}: ${messageOf(error)}`);
  }
}

/** Settings as YAML. Throws what the parser throws. */
export async function parseSettings(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text, { customTags: withoutNumbers });
}
