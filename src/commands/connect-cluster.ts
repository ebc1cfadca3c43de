import { type ClusterReader, createReader } from '../scan/cluster/cluster-reader.ts';
import { loadKubeconfig } from '../scan/cluster/kubeconfig.ts';
import { describeFailure } from '../scan/cluster/read-failure.ts';
import { UsageError } from './usage-error.ts';

/** The flags that say which cluster, as commander gives them. */
export interface ClusterFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly requestTimeout: string;
}

/** Reads the cluster of the kubeconfig. Throws a UsageError where there is none to read. */
export async function connect(flags: ClusterFlags): Promise<ClusterReader> {
  const timeout = parseTimeout(flags.requestTimeout);
  try {
    return createReader(await loadKubeconfig(flags, process.env), timeout);
  } catch (error) {
    throw asUsageError(error, '');
  }
}

/** What went wrong with a cluster as a sentence for the user; a bug of ours stays what it is. */
export function asUsageError(error: unknown, server: string): unknown {
  const sentence = describeFailure(error, server);
  return sentence === undefined ? error : new UsageError(sentence);
}

/** Milliseconds. */
function parseTimeout(text: string): number {
  const [, number, unit = 's'] = /^([1-9]\d{0,4})(s|m)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new UsageError(`--request-timeout: ${JSON.stringify(text)} is no time; for example 30s or 2m`);
  return Number(number) * (unit === 'm' ? 60_000 : 1000);
}
