import { Argument, Command } from 'commander';
import { bashScript } from './completion/bash-script.ts';
import { completionLevels } from './completion/command-levels.ts';
import { zshScript } from './completion/zsh-script.ts';
import type { Invocation } from './invocation.ts';

const scripts = { bash: bashScript, zsh: zshScript } as const;
type Shell = keyof typeof scripts;

/** `downlink completion`: prints a script that makes a shell complete commands, flags, and their values. */
export function completionCommand({ stdout }: Invocation): Command {
  return new Command('completion')
    .description('Print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      '\nExample:\n  $ downlink completion bash > ~/.local/share/bash-completion/completions/downlink',
    )
    .action((shell: Shell, _options: unknown, command: Command) => {
      stdout.write(scripts[shell](completionLevels(command.parent ?? command)));
    });
}
