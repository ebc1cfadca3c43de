import { type ClusterReader, createReader } from '../scan/cluster/cluster-reader.ts';
import { loadKubeconfig } from '../scan/cluster/kubeconfig.ts';
import { describeFailure } from '../scan/cluster/read-failure.ts';
import { minute, second } from '../time/duration.ts';
import type { ClusterFlags } from './cluster-flags.ts';
import type { Invocation } from './invocation.ts';
import { UsageError } from './usage-error.ts';

/** Returns a reader of the cluster that the flags select. Throws a UsageError if the kubeconfig selects none. */
export async function connect(flags: ClusterFlags, { env }: Invocation): Promise<ClusterReader> {
  const timeout = parseTimeout(flags.requestTimeout);
  try {
    return createReader(await loadKubeconfig(flags, env), timeout);
  } catch (error) {
    throw asUsageError(error, '');
  }
}

/** Returns a UsageError that describes why a cluster cannot be read; returns any other error, a bug, as it is. */
export function asUsageError(error: unknown, server: string): unknown {
  const description = describeFailure(error, server);
  return description === undefined ? error : new UsageError(description);
}

/** Parses a duration into milliseconds. */
function parseTimeout(text: string): number {
  const [, number, unit = 's'] = /^([1-9]\d{0,4})(s|m)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new UsageError(`--request-timeout: ${JSON.stringify(text)} is not a duration; for example 30s or 2m`);
  return Number(number) * (unit === 'm' ? minute : second);
}
