import type { Command } from 'commander';

/** Adds the flags that say which cluster. */
export function addClusterFlags(command: Command): Command {
  return command
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'kubeconfig to use (default: what KUBECONFIG names, else ~/.kube/config)')
    .option('--request-timeout <time>', 'how long to wait for each answer, for example 30s or 2m', '30s');
}
