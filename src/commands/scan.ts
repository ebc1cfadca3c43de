import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { describeFailure } from '../cluster/failure.ts';
import { loadKubeconfig } from '../cluster/kubeconfig.ts';
import { lookAtCluster } from '../cluster/look.ts';
import { type ClusterReader, createReader } from '../cluster/reader.ts';
import { formatReport, type Paint } from '../scan/format.ts';
import { scanRights } from '../scan/rights.ts';
import { type ClusterView, scan } from '../scan/scan.ts';
import { UsageError } from './usage-error.ts';

interface Flags {
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly requestTimeout: string;
  readonly expiringWithin: string;
  readonly output: 'text' | 'json';
}

/** `downlink scan`: says what is wrong in a cluster, and changes nothing there. */
export function scanCommand(): Command {
  return new Command('scan')
    .description('Look at a cluster: pods without their injection, templates with mistakes, the state of the webhook')
    .addOption(new Option('-n, --namespace <name>', "namespace to look at (default: the context's)"))
    .addOption(new Option('-A, --all-namespaces', 'look at all namespaces').conflicts('namespace'))
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'kubeconfig to use (default: what KUBECONFIG names, else ~/.kube/config)')
    .option('--request-timeout <time>', 'how long to wait for each answer, for example 30s or 2m', '30s')
    .option('--expiring-within <days>', 'tell certificates that end within so many days', '7')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', help())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const timeout = parseTimeout(flags.requestTimeout);
  const expiringWithin = parseDays(flags.expiringWithin);
  const reader = await connect(flags, timeout);
  const namespace = flags.allNamespaces ? undefined : (flags.namespace ?? reader.namespace ?? 'default');
  const report = scan(await look(reader, namespace), new Date(), expiringWithin);
  process.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report, paint),
  );
  if (report.findings.length > 0) process.exitCode = 1;
}

async function connect(flags: Flags, timeout: number): Promise<ClusterReader> {
  try {
    return createReader(await loadKubeconfig(flags, process.env), timeout);
  } catch (error) {
    throw asUsageError(error, '');
  }
}

async function look(reader: ClusterReader, namespace: string | undefined): Promise<ClusterView> {
  try {
    return await lookAtCluster(reader, namespace);
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

function help(): string {
  const rights = scanRights.map(({ verb, resources, why }) => `  ${verb} ${resources.join(', ')}: ${why}`);
  return `
It only reads, and needs the rights to
${rights.join('\n')}
Without the right to list pods it ends; what else it may not see it says.

Exit codes: 0 nothing found, 1 something found, 2 could not look.

Example:
  $ downlink scan -n shop
  $ downlink scan -A -o json`;
}
