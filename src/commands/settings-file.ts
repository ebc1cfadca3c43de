import { readFile } from 'node:fs/promises';
import type { SettingSources } from '../config.ts';
import { messageOf } from '../text.ts';
import { UsageError } from './usage-error.ts';

/** The file that `--config` names, read as YAML; undefined without one. Throws a UsageError where it cannot be read. */
export async function readSettingsFile(name: unknown): Promise<SettingSources['file']> {
  if (typeof name !== 'string') return undefined;
  const { parse } = await import('yaml');
  try {
    return { name, content: parse(await readFile(name, 'utf8')) };
  } catch (error) {
    throw new UsageError(`--config: cannot read ${name}: ${messageOf(error)}`);
  }
}
