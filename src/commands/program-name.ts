import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';

/** The program's names on PATH. kubectl runs a plugin, and the plugin's completion, by names of their own. */
export type ProgramName = 'downlink' | 'kubectl-downlink' | 'kubectl_complete-downlink';

/** Returns the name by which the script was run. */
export function programName(script: string | undefined): ProgramName {
  const name = basename(script ?? '');
  return name === 'kubectl-downlink' || name === 'kubectl_complete-downlink' ? name : 'downlink';
}

/** Makes the help of all commands show the name that users of the kubectl plugin type: `kubectl downlink`. */
export function showPluginName(program: Command, { stdout }: Invocation): void {
  const withPluginName = (text: string) => text.replaceAll(/^( +\$ )downlink /gm, '$1kubectl downlink ');
  const configure = (command: Command) => {
    command.configureOutput({ writeOut: (text) => void stdout.write(withPluginName(text)) });
    command.commands.forEach(configure);
  };
  configure(program.name('kubectl downlink'));
}
