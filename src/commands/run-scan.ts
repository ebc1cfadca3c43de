import { styleText } from 'node:util';
import type { ClusterReader } from '../scan/cluster/cluster-reader.ts';
import { lookAtCluster } from '../scan/cluster/read-cluster.ts';
import { formatReport, type Paint } from '../scan/format-findings.ts';
import { type ClusterView, scan } from '../scan/scan-cluster.ts';
import { asUsageError, type ClusterFlags, connect } from './connect-cluster.ts';
import { UsageError } from './usage-error.ts';

export interface ScanFlags extends ClusterFlags {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly expiringWithin: string;
  readonly output: 'text' | 'json';
}

/** Looks at a cluster and prints what is found; the exit code is 1 where something is. */
export async function runScan(flags: ScanFlags): Promise<void> {
  const expiringWithin = parseDays(flags.expiringWithin);
  const reader = await connect(flags);
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? reader.namespace ?? 'default');
  const now = new Date();
  const report = scan(await look(reader, namespace, now), now, expiringWithin);
  process.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report, paint),
  );
  if (report.findings.length > 0) process.exitCode = 1;
}

async function look(reader: ClusterReader, namespace: string | undefined, now: Date): Promise<ClusterView> {
  try {
    return await lookAtCluster(reader, namespace, now);
  } catch (error) {
    throw asUsageError(error, reader.server);
  }
}

function parseDays(text: string): number {
  if (!/^\d{1,4}$/.test(text))
    throw new UsageError(`--expiring-within: ${JSON.stringify(text)} is no number of days; for example 7`);
  return Number(text);
}

const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
