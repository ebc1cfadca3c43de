import { basename } from 'node:path';
import type { Command } from 'commander';

/** The program's names on PATH. */
export type CalledAs = 'downlink' | 'kubectl-downlink' | 'kubectl_complete-downlink';

/** By which of its names the program was called. kubectl calls a plugin and what completes it by names of their own. */
export function calledAs(script: string | undefined): CalledAs {
  const name = basename(script ?? '');
  return name === 'kubectl-downlink' || name === 'kubectl_complete-downlink' ? name : 'downlink';
}

/** Makes the help of all commands show the program as users of the plugin call it: `kubectl downlink`. */
export function showAsPlugin(program: Command): Command {
  const asPlugin = (text: string) => text.replaceAll(/^( +\$ )downlink /gm, '$1kubectl downlink ');
  const configure = (command: Command) => {
    command.configureOutput({ writeOut: (text) => void process.stdout.write(asPlugin(text)) });
    command.commands.forEach(configure);
  };
  configure(program.name('kubectl downlink'));
  return program;
}
