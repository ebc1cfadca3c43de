import { Command, Option } from 'commander';
import { scanRights } from '../scan/scan-permissions.ts';
import { addClusterFlags } from './cluster-flags.ts';
import type { ScanFlags } from './run-scan.ts';

/** `downlink scan`: says what is wrong in a cluster, and changes nothing there. */
export function scanCommand(): Command {
  const command = new Command('scan')
    .description('Look at a cluster: pods without their injection, templates with mistakes, the state of the webhook')
    .addOption(new Option('-n, --namespace <name>', "namespace to look at (default: the context's)"))
    .addOption(new Option('-A, --all-namespaces', 'look at all namespaces').conflicts('namespace'));
  return addClusterFlags(command)
    .option('--expiring-within <days>', 'report certificates that end within so many days', '7')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText('after', help())
    .action(async (flags: ScanFlags) => {
      const { runScan } = await import('./run-scan.ts');
      await runScan(flags);
    });
}

function help(): string {
  const rights = scanRights.map(({ verb, resources, why }) => `  ${verb} ${resources.join(', ')}: ${why}`);
  return `
It only reads, and needs the rights to
${rights.join('\n')}
Without the right to list pods it ends; without another one it goes on and says what it could not see.

Exit codes: 0 nothing found, 1 something found, 2 could not look.

Examples:
  $ downlink scan -n shop
  $ downlink scan -A -o json`;
}
