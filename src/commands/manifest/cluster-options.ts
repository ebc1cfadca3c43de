import { parseSettings } from '../../config/parse-settings.ts';
import type { SettingSources } from '../../config/setting-sources.ts';
import { messageOf } from '../../diagnostics/text.ts';
import { type InstalledSettings, readClusterSettings, type SettingsText } from '../../scan/cluster/cluster-settings.ts';
import type { ClusterFlags } from '../cluster-flags.ts';
import { asUsageError, connect } from '../connect-cluster.ts';
import type { Invocation } from '../invocation.ts';
import { UsageError } from '../usage-error.ts';

/** The options that a cluster determines. */
export interface ClusterOptions {
  /** The namespace of the context, else `default`, as for kubectl. */
  readonly namespace: string;
  readonly settings: SettingSources & { readonly name: string };
  /** Clauses that say what cannot be read, and what is used instead. */
  readonly notes: readonly string[];
}

/** Reads the options from the cluster that the flags select. Throws a UsageError if it cannot be read. */
export async function readClusterOptions(flags: ClusterFlags, invocation: Invocation): Promise<ClusterOptions> {
  const reader = await connect(flags, invocation);
  const { kubernetesVersion, installed, notes } = await readClusterSettings(reader).catch((error: unknown) => {
    throw asUsageError(error, reader.server);
  });
  const ofServer = { name: reader.server, flags: { kubernetesVersion }, environment: {}, file: undefined };
  const settings = { name: reader.server, ...(await sourcesOf(installed)), others: ofServer };
  return { namespace: reader.namespace ?? 'default', settings, notes };
}

async function sourcesOf(installed: InstalledSettings | undefined): Promise<SettingSources> {
  if (installed === undefined) return { flags: {}, environment: {}, file: undefined };
  const { flags, environment, file } = installed;
  return { flags, environment, file: file && { name: file.name, content: await contentOf(file) } };
}

async function contentOf({ name, text }: SettingsText): Promise<unknown> {
  try {
    return await parseSettings(text);
  } catch (error) {
    throw new UsageError(`cannot read the settings in ${name}: ${messageOf(error)}`);
  }
}
