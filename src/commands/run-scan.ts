import { styleText } from 'node:util';
import type { ClusterReader } from '../scan/cluster/cluster-reader.ts';
import { readCluster } from '../scan/cluster/read-cluster.ts';
import { formatReport, type Paint } from '../scan/format-report.ts';
import { type ClusterView, scan } from '../scan/scan-cluster.ts';
import type { ClusterFlags } from './cluster-flags.ts';
import { asUsageError, connect } from './connect-cluster.ts';
import type { Invocation } from './invocation.ts';
import { UsageError } from './usage-error.ts';

/** The flags of `downlink scan`, as commander parses them. */
export interface ScanFlags extends ClusterFlags {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly expiringWithin: string;
  readonly output: 'text' | 'json';
}

/** Scans a cluster and prints the report. The exit code is 1 if there are findings. */
export async function runScan(flags: ScanFlags, invocation: Invocation): Promise<void> {
  const { stdout } = invocation;
  const expiringWithin = parseDays(flags.expiringWithin);
  const reader = await connect(flags, invocation);
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? reader.namespace ?? 'default');
  const now = new Date();
  const report = scan(await readView(reader, namespace, now), { now, expiringWithin });
  const paint: Paint = (style, text) => styleText(style, text, { stream: stdout });
  stdout.write(flags.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report, paint));
  if (report.findings.length > 0) invocation.exitCode = 1;
}

async function readView(reader: ClusterReader, namespace: string | undefined, now: Date): Promise<ClusterView> {
  try {
    return await readCluster(reader, namespace, now);
  } catch (error) {
    throw asUsageError(error, reader.server);
  }
}

function parseDays(text: string): number {
  if (!/^\d{1,4}$/.test(text))
    throw new UsageError(`--expiring-within: ${JSON.stringify(text)} is not a number of days; for example 7`);
  return Number(text);
}
