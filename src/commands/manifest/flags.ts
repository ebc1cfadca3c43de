import { type Command, Option } from 'commander';
import { injectionSettings } from '../../config.ts';
import type { ManifestOptions } from '../../index.ts';
import { addSettingFlags } from '../setting-flags.ts';
import { readSettingsFile } from '../settings-file.ts';
import { UsageError } from '../usage-error.ts';

/** The flags that every command on manifests has, as commander gives them. */
export interface ManifestFlags {
  readonly filename: readonly string[];
  readonly recursive?: true;
  readonly namespace?: string;
  readonly config?: string;
  readonly [setting: string]: unknown;
}

/** Adds the flags that say which manifests. */
export function addInputFlags(command: Command): Command {
  return command
    .requiredOption('-f, --filename <path...>', 'files, folders, or - for standard input')
    .option('-R, --recursive', 'look into folders within folders');
}

/** Adds the flags that decide what becomes of a pod: the server's own, with the same defaults. */
export function addInjectionFlags(command: Command): Command {
  command
    .option('-n, --namespace <name>', 'namespace of objects that have none')
    .addOption(
      new Option('--config <file>', "the server's settings as YAML, by their names in camel case").env(
        'DOWNLINK_CONFIG',
      ),
    );
  return addSettingFlags(command, injectionSettings);
}

/** What the flags, the environment and a configuration file say together. Throws a UsageError where that is wrong. */
export async function optionsOf(flags: ManifestFlags): Promise<ManifestOptions> {
  const { formatFieldError, manifestOptions } = await import('../../index.ts');
  const others = { environment: process.env, file: await readSettingsFile(flags.config) };
  const options = manifestOptions(flags, flags.namespace, others);
  if ('errors' in options) throw new UsageError(options.errors.map(formatFieldError).join('\n'));
  return options;
}
