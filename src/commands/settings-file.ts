import { readFile } from 'node:fs/promises';
import { parseSettings } from '../config/parse-settings.ts';
import type { SettingSources } from '../config/setting-sources.ts';
import { messageOf } from '../diagnostics/text.ts';
import { UsageError } from './usage-error.ts';

/** Reads the file of `--config` as YAML; undefined without one. Throws a UsageError if it cannot be read. */
export async function readSettingsFile(name: unknown): Promise<SettingSources['file']> {
  if (typeof name !== 'string') return undefined;
  try {
    return { name, content: await parseSettings(await readFile(name, 'utf8')) };
  } catch (error) {
    throw new UsageError(`--config: cannot read ${name}: ${messageOf(error)}`);
  }
}
