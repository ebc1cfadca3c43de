import { type Command, Option } from 'commander';
import { injectionSettings } from '../../config/config.ts';
import type { SettingsFile } from '../../config/setting-sources.ts';
import type { ManifestOptions } from '../../index.ts';
import { addClusterFlags, type ClusterFlags } from '../cluster-flags.ts';
import type { Invocation, OutputStream } from '../invocation.ts';
import { addSettingFlags } from '../setting-flags.ts';
import { readSettingsFile } from '../settings-file.ts';
import { UsageError } from '../usage-error.ts';
import type { InputFlags } from './manifest-input.ts';

/** The flags of the commands on manifests, as commander parses them. */
export interface ManifestFlags extends ClusterFlags, InputFlags {
  readonly namespace?: string;
  readonly config?: string;
  readonly cluster?: true;
  readonly [setting: string]: unknown;
}

/** Adds the flags that select manifests. */
export function addInputFlags(command: Command): Command {
  return command
    .requiredOption('-f, --filename <path...>', 'files, folders, URLs, or - for standard input')
    .option('-R, --recursive', 'include subfolders, except .git and node_modules')
    .option('--exclude <glob...>', 'files and folders to leave out: a name, or a path with *, ?, and **');
}

/** Adds the flags that decide what pods get: the server's own, with the same defaults. */
export function addInjectionFlags(command: Command): Command {
  command
    .option('-n, --namespace <name>', 'namespace of objects that do not set one')
    .option(
      '--cluster',
      'take the Kubernetes version, namespace, and webhook settings from the cluster, unless they are set here',
    )
    .addOption(
      new Option('--config <file>', "the server's settings as YAML, with names in camel case").env('DOWNLINK_CONFIG'),
    );
  return addSettingFlags(addClusterFlags(command), injectionSettings);
}

/**
 * Returns the options that result from flags, environment, settings file and, if requested, cluster, in this order of
 * precedence. Throws a UsageError if a setting is wrong or the cluster cannot be read. `given` takes the place of the file.
 */
export async function optionsOf(
  flags: ManifestFlags,
  invocation: Invocation,
  given?: SettingsFile,
): Promise<ManifestOptions> {
  const { formatFieldError, manifestOptions } = await import('../../index.ts');
  if (given !== undefined && flags.config !== undefined)
    throw new UsageError(`--config: ${given.name} already has the settings; use only one of them`);
  const file = given ?? (await readSettingsFile(flags.config));
  const isFromCluster = flags.cluster ?? (flags.context !== undefined || flags.kubeconfig !== undefined);
  const cluster = isFromCluster ? await readCluster(flags, invocation) : undefined;
  const others = { environment: invocation.env, file, others: cluster?.settings };
  const parsed = manifestOptions(flags, flags.namespace ?? cluster?.namespace, others);
  if (parsed.kind === 'invalid') throw new UsageError(parsed.errors.map(formatFieldError).join('\n'));
  return parsed.options;
}

async function readCluster(flags: ManifestFlags, invocation: Invocation) {
  const { readClusterOptions } = await import('./cluster-options.ts'); // the client takes as long to load as everything else
  const { notes, ...options } = await readClusterOptions(flags, invocation);
  for (const note of notes) invocation.stderr.write(`downlink: ${note}\n`);
  return options;
}

/** Reports that results depend on the Kubernetes version, which is unknown. */
export function reportUnknownVersion(stderr: OutputStream): void {
  stderr.write(
    'downlink: the Kubernetes version is unknown, and the ambassador is a native sidecar only on 1.32 and later; set --kubernetes-version, for example 1.36, or use --cluster\n',
  );
}
