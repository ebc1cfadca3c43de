import type { Command } from 'commander';

/** The flags that select a cluster, as commander parses them. */
export interface ClusterFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly requestTimeout: string;
}

/** Adds the flags that select a cluster. */
export function addClusterFlags(command: Command): Command {
  return command
    .option('--context <name>', 'context of the kubeconfig (default: the current context)')
    .option('--kubeconfig <file>', 'kubeconfig to use (default: the files in KUBECONFIG, else ~/.kube/config)')
    .option('--request-timeout <time>', 'how long to wait for each response, for example 30s or 2m', '30s');
}
