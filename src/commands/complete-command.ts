import { Command } from 'commander';
import { completionLevels } from './completion/command-levels.ts';
import { type Completions, complete, formatForKubectl, withAttachedValues } from './completion/complete.ts';
import type { Invocation } from './invocation.ts';

/** `downlink __complete -- words`: completes names that the shells' scripts cannot contain. */
export function completeCommand(invocation: Invocation): Command {
  return new Command('__complete')
    .argument('[words...]')
    .action((words: readonly string[], _options: unknown, command: Command) =>
      printCompletions(command.parent ?? command, invocation, withAttachedValues(words)),
    );
}

/** Prints the completions of the last word, in the format that kubectl expects from a plugin. */
export async function printCompletions(
  program: Command,
  { stdout, env }: Invocation,
  words: readonly string[],
): Promise<void> {
  const completions = complete(completionLevels(program), words);
  const names = await matchingNames(completions, env);
  stdout.write(formatForKubectl({ ...completions, words: [...completions.words, ...names] }));
}

const timeout = 2000; // milliseconds: longer than this, nobody waits for a completion

/** Returns the contexts or namespaces that complete the word; none if they cannot be read. */
async function matchingNames({ names }: Completions, environment: Invocation['env']): Promise<readonly string[]> {
  if (names === undefined) return [];
  const { contextNames, loadKubeconfig } = await import('../scan/cluster/kubeconfig.ts');
  const { createReader } = await import('../scan/cluster/cluster-reader.ts');
  const { namespaceNames } = await import('../scan/cluster/cluster-objects.ts');
  try {
    const found =
      names.of === 'contexts'
        ? await contextNames(names, environment)
        : await namespaceNames(createReader(await loadKubeconfig(names, environment), timeout));
    return found.filter((name) => name.startsWith(names.prefix));
  } catch {
    return []; // an error message would appear in the middle of the line that is being typed
  }
}
