import type { SettingSources } from '../../config/setting-sources.ts';
import { messageOf } from '../../diagnostics/text.ts';
import { type ClusterSettings, readClusterSettings, type SettingsText } from '../../scan/cluster/cluster-settings.ts';
import { asUsageError, type ClusterFlags, connect } from '../connect-cluster.ts';
import { parseSettings } from '../settings-file.ts';
import { UsageError } from '../usage-error.ts';

/** What a cluster decides about manifests. */
export interface ClusterOptions {
  /** The context's, as kubectl takes it. */
  readonly namespace: string;
  readonly settings: SettingSources & { readonly name: string };
  /** What could not be seen: sentences. */
  readonly notes: readonly string[];
}

/** Reads the options off the cluster of the kubeconfig. Throws a UsageError where it cannot be reached. */
export async function readClusterOptions(flags: ClusterFlags): Promise<ClusterOptions> {
  const reader = await connect(flags);
  const { kubernetesVersion, webhook, notes } = await readClusterSettings(reader).catch((error: unknown) => {
    throw asUsageError(error, reader.server);
  });
  const ofServer = { name: reader.server, flags: { kubernetesVersion }, environment: {}, file: undefined };
  const settings = { name: reader.server, ...(await sourcesOf(webhook)), others: ofServer };
  return { namespace: reader.namespace ?? 'default', settings, notes };
}

async function sourcesOf(webhook: ClusterSettings['webhook']): Promise<SettingSources> {
  if (webhook === undefined) return { flags: {}, environment: {}, file: undefined };
  const { flags, environment, file } = webhook;
  return { flags, environment, file: file && { name: file.name, content: await contentOf(file) } };
}

async function contentOf({ name, text }: SettingsText): Promise<unknown> {
  try {
    return await parseSettings(text);
  } catch (error) {
    throw new UsageError(`cannot read the settings in ${name}: ${messageOf(error)}`);
  }
}
