import type { RenewalPolicy } from '../../../src/certificates/renewal-policy.ts';
import { readSettingsFile } from '../../../src/commands/settings-file.ts';
import { type Config, parseConfig } from '../../../src/config/config.ts';

/** The input of replica-process.ts, as JSON. */
export interface ProcessOptions {
  readonly flags: Readonly<Record<string, string>>;
  readonly access: { readonly server: string; readonly ca: string; readonly token: string };
  readonly policy: RenewalPolicy;
  readonly names: readonly string[];
}

/** Returns the configuration for the flags and the file that they name. */
export async function configOf(flags: Readonly<Record<string, string>>): Promise<Config> {
  const parsed = parseConfig({ flags, environment: {}, file: await readSettingsFile(flags['config']) });
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.errors));
  return parsed.config;
}
