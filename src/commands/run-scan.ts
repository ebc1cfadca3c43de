import { styleText } from 'node:util';
import { describeFailure } from '../cluster/failure.ts';
import { loadKubeconfig } from '../cluster/kubeconfig.ts';
import { lookAtCluster } from '../cluster/look.ts';
import { type ClusterReader, createReader } from '../cluster/reader.ts';
import { formatReport, type Paint } from '../scan/format.ts';
import { type ClusterView, scan } from '../scan/scan.ts';
import { UsageError } from './usage-error.ts';

export interface ScanFlags {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly requestTimeout: string;
  readonly expiringWithin: string;
  readonly output: 'text' | 'json';
}

/** Looks at a cluster and prints what is found; the exit code is 1 where something is. */
export async function runScan(flags: ScanFlags): Promise<void> {
  const timeout = parseTimeout(flags.requestTimeout);
  const expiringWithin = parseDays(flags.expiringWithin);
  const reader = await connect(flags, timeout);
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? reader.namespace ?? 'default');
  const now = new Date();
  const report = scan(await look(reader, namespace, now), now, expiringWithin);
  process.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report, paint),
  );
  if (report.findings.length > 0) process.exitCode = 1;
}

async function connect(flags: ScanFlags, timeout: number): Promise<ClusterReader> {
  try {
    return createReader(await loadKubeconfig(flags, process.env), timeout);
  } catch (error) {
    throw asUsageError(error, '');
  }
}

async function look(reader: ClusterReader, namespace: string | undefined, now: Date): Promise<ClusterView> {
  try {
    return await lookAtCluster(reader, namespace, now);
  } catch (error) {
    throw asUsageError(error, reader.server);
  }
}

function asUsageError(error: unknown, server: string): unknown {
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

function parseDays(text: string): number {
  if (!/^\d{1,4}$/.test(text))
    throw new UsageError(`--expiring-within: ${JSON.stringify(text)} is no number of days; for example 7`);
  return Number(text);
}

const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
