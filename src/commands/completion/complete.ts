import type { FlagValue, Level, NamesOf } from './command-levels.ts';

/** What a shell offers for the word that is being typed. */
export interface Completions {
  readonly words: readonly string[];
  /** Whether the shell should offer file names as well. */
  readonly files: boolean;
  /** Names to look up, of which those with the prefix are offered as well. */
  readonly names?: { readonly of: NamesOf; readonly prefix: string } & ClusterChoice;
}

/** The cluster that the flags before the word select. */
export interface ClusterChoice {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
}

/** Completes the last of the words after the program's name, which may be empty. */
export function complete(levels: readonly Level[], words: readonly string[]): Completions {
  const before = words.slice(0, -1);
  const [prefix = ''] = words.slice(-1);
  let path = '';
  for (const word of before) if (levels.some((level) => level.path === `${path} ${word}`)) path += ` ${word}`;
  const level = levels.find((one) => one.path === path);
  if (level === undefined) return { words: [], files: false };

  const [, attached, value = ''] = /^(--[^=]+)=(.*)$/s.exec(prefix) ?? [];
  const flag = level.flags.find(({ names }) => names.includes(attached ?? before.at(-1) ?? ''));
  if (flag !== undefined && flag.value.kind !== 'none')
    return completeValue(flag.value, attached === undefined ? prefix : value, before);
  const candidates = prefix.startsWith('-') ? level.flags.flatMap(({ names }) => names) : level.words;
  return { words: withPrefix(candidates, prefix), files: level.files && !prefix.startsWith('-') };
}

function completeValue(
  value: Exclude<FlagValue, { readonly kind: 'none' }>,
  prefix: string,
  before: readonly string[],
): Completions {
  switch (value.kind) {
    case 'file':
      return { words: [], files: true };
    case 'words':
      return { words: withPrefix(value.words, prefix), files: false };
    case 'list': {
      const list = prefix.slice(0, prefix.lastIndexOf(',') + 1);
      const last = prefix.slice(list.length);
      return { words: withPrefix(value.words, last).map((word) => list + word), files: false };
    }
    case 'names': {
      const cluster = { context: lastValue('--context', before), kubeconfig: lastValue('--kubeconfig', before) };
      return { words: [], files: false, names: { of: value.of, prefix, ...cluster } };
    }
    case 'unknown':
      return { words: [], files: false };
    default:
      return value satisfies never;
  }
}

function withPrefix(words: readonly string[], prefix: string): readonly string[] {
  return words.filter((word) => word.startsWith(prefix));
}

/** Returns the value of the last occurrence of a flag, in the next word or attached. */
function lastValue(flag: string, words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  return word === flag ? words[at + 1] : word.slice(flag.length + 1);
}

/** Rejoins each `--flag=value`, which bash splits into three words. */
export function withAttachedValues(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const [index, word] of words.entries()) {
    const isPart = word === '=' ? index > 0 : words[index - 1] === '=' && index > 1;
    if (isPart && joined.at(-1)?.startsWith('--')) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  }
  return joined;
}

/**
 * Formats completions as kubectl expects them from a plugin: one word a line, then `:0` to offer file names as well, or
 * `:4` not to.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go
 */
export function formatForKubectl({ words, files }: Completions): string {
  return [...words, files ? ':0' : ':4', ''].join('\n');
}
