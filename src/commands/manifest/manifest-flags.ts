import { type Command, Option } from 'commander';
import { injectionSettings } from '../../config/config.ts';
import type { ManifestOptions } from '../../index.ts';
import { addClusterFlags } from '../cluster-flags.ts';
import type { ClusterFlags } from '../connect-cluster.ts';
import { addSettingFlags } from '../setting-flags.ts';
import { readSettingsFile } from '../settings-file.ts';
import { UsageError } from '../usage-error.ts';

/** The flags that every command on manifests has, as commander gives them. */
export interface ManifestFlags extends ClusterFlags {
  readonly filename: readonly string[];
  readonly recursive?: true;
  readonly namespace?: string;
  readonly config?: string;
  readonly cluster?: true;
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
    .option(
      '--cluster',
      'take the Kubernetes version, namespace, and webhook settings from the cluster, unless they are set here',
    )
    .addOption(
      new Option('--config <file>', "the server's settings as YAML, by their names in camel case").env(
        'DOWNLINK_CONFIG',
      ),
    );
  return addSettingFlags(addClusterFlags(command), injectionSettings);
}

/**
 * What the flags, the environment, a configuration file and, where it is asked for, a cluster say together; of these the first
 * one that has a setting. Throws a UsageError where that is wrong or the cluster cannot be read.
 */
export async function optionsOf(flags: ManifestFlags): Promise<ManifestOptions> {
  const { formatFieldError, manifestOptions } = await import('../../index.ts');
  const file = await readSettingsFile(flags.config);
  const isAsked = flags.cluster ?? (flags.context !== undefined || flags.kubeconfig !== undefined);
  const cluster = isAsked ? await readCluster(flags) : undefined;
  const others = { environment: process.env, file, others: cluster?.settings };
  const options = manifestOptions(flags, flags.namespace ?? cluster?.namespace, others);
  if ('errors' in options) throw new UsageError(options.errors.map(formatFieldError).join('\n'));
  return options;
}

async function readCluster(flags: ManifestFlags) {
  const { readClusterOptions } = await import('./cluster-options.ts'); // the client takes as long to load as all else
  const { notes, ...options } = await readClusterOptions(flags);
  for (const note of notes) process.stderr.write(`downlink: ${note}\n`);
  return options;
}

/** The line about a version that is not known, for pods of which it decides something. */
export function tellUnknownVersion(): void {
  process.stderr.write(
    'downlink: the Kubernetes version is unknown, and the ambassador is a native sidecar only from 1.32 on; set --kubernetes-version, for example 1.36, or use --cluster to ask the cluster\n',
  );
}
