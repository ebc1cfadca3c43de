import { Command } from 'commander';
import { completionLevels } from './completion/command-levels.ts';
import { type Completions, complete, formatForKubectl, withAttachedValues } from './completion/complete.ts';

/** `downlink __complete -- words`: what the scripts of the shells ask for names that no script can hold. */
export function completeCommand(): Command {
  return new Command('__complete')
    .argument('[words...]')
    .action((words: readonly string[], _options: unknown, command: Command) =>
      printCompletions(command.parent ?? command, withAttachedValues(words)),
    );
}

/** Prints what may stand in place of the last of the words, as kubectl wants it of a plugin. */
export async function printCompletions(program: Command, words: readonly string[]): Promise<void> {
  const completions = complete(completionLevels(program), words);
  process.stdout.write(
    formatForKubectl({ ...completions, words: [...completions.words, ...(await namesIn(completions))] }),
  );
}

const timeout = 2000; // milliseconds that somebody waits for a list of names

/** The names that are to be looked up; none where nobody can be asked. */
async function namesIn({ names }: Completions): Promise<readonly string[]> {
  if (names === undefined) return [];
  const { contextNames, loadKubeconfig } = await import('../scan/cluster/kubeconfig.ts');
  const { createReader } = await import('../scan/cluster/cluster-reader.ts');
  const { namespaceNames } = await import('../scan/cluster/namespace-names.ts');
  try {
    const found =
      names.of === 'contexts'
        ? await contextNames(names, process.env)
        : await namespaceNames(createReader(await loadKubeconfig(names, process.env), timeout));
    return found.filter((name) => name.startsWith(names.begun));
  } catch {
    return []; // whoever types wants no sentence in the middle of a line
  }
}
