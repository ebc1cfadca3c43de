import { Command, Option } from 'commander';
import { scanPermissions } from '../scan/scan-permissions.ts';
import { addClusterFlags } from './cluster-flags.ts';
import type { Invocation } from './invocation.ts';
import type { ScanFlags } from './run-scan.ts';

/** `downlink scan`: reports what is wrong in a cluster, and changes nothing there. */
export function scanCommand(invocation: Invocation): Command {
  const command = new Command('scan')
    .description('Scan a cluster for pods that were not injected, pod templates with mistakes, and webhook problems')
    .addOption(new Option('-n, --namespace <name>', 'namespace to scan (default: that of the context)'))
    .addOption(new Option('-A, --all-namespaces', 'scan all namespaces').conflicts('namespace'));
  return addClusterFlags(command)
    .option('--expiring-within <days>', 'report certificates that expire within this number of days', '7')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text'))
    .addHelpText('after', help())
    .action(async (flags: ScanFlags) => {
      const { runScan } = await import('./run-scan.ts');
      await runScan(flags, invocation);
    });
}

function help(): string {
  const permissions = scanPermissions.map(
    ({ verb, resources, purpose }) => `  ${verb} ${resources.join(', ')}: ${purpose}`,
  );
  return `
It only reads, and needs permission to
${permissions.join('\n')}
If it may not list pods, it stops. If another permission is missing, it continues, and a note says what it cannot read.

Exit codes: 0 nothing found, 1 something found, 2 the cluster cannot be read.

Examples:
  $ downlink scan -n shop
  $ downlink scan -A -o json`;
}
