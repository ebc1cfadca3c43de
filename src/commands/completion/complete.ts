import type { FlagValue, Level, NamesOf } from './command-levels.ts';

export interface Completions {
  readonly words: readonly string[];
  /** Whether the shell should offer file names. */
  readonly files: boolean;
  /** Names that are to be looked up and offered where they begin like the word; undefined where there are none. */
  readonly names?: { readonly of: NamesOf; readonly begun: string } & WhichCluster;
}

/** The cluster that the flags before the word name. */
export interface WhichCluster {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
}

/** What may stand in place of the last of the words after the program's name; that one may be empty or begun. */
export function complete(levels: readonly Level[], words: readonly string[]): Completions {
  const before = words.slice(0, -1);
  const [begun = ''] = words.slice(-1);
  let path = '';
  for (const word of before) if (levels.some((level) => level.path === `${path} ${word}`)) path += ` ${word}`;
  const level = levels.find((one) => one.path === path);
  if (level === undefined) return { words: [], files: false };

  const [, attached, value = ''] = /^(--[^=]+)=(.*)$/s.exec(begun) ?? [];
  const flag = level.flags.find(({ names }) => names.includes(attached ?? before.at(-1) ?? ''));
  const start = attached === undefined ? begun : value;
  if (flag !== undefined && flag.value.kind !== 'none') return completeValue(flag.value, start, before);
  const candidates = begun.startsWith('-') ? level.flags.flatMap(({ names }) => names) : level.words;
  return { words: candidates.filter((word) => word.startsWith(begun)), files: level.files && !begun.startsWith('-') };
}

function completeValue(
  value: Exclude<FlagValue, { readonly kind: 'none' }>,
  begun: string,
  before: readonly string[],
): Completions {
  switch (value.kind) {
    case 'file':
      return { words: [], files: true };
    case 'words':
      return { words: value.words.filter((word) => word.startsWith(begun)), files: false };
    case 'list': {
      const list = begun.slice(0, begun.lastIndexOf(',') + 1);
      const last = begun.slice(list.length);
      return { words: value.words.filter((word) => word.startsWith(last)).map((word) => list + word), files: false };
    }
    case 'names': {
      const cluster = { context: lastValue('--context', before), kubeconfig: lastValue('--kubeconfig', before) };
      return { words: [], files: false, names: { of: value.of, begun, ...cluster } };
    }
    case 'unknown':
      return { words: [], files: false };
    default:
      return value satisfies never;
  }
}

/** The value of a flag, beside it or attached; of several the last. */
function lastValue(flag: string, words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  return word === flag ? words[at + 1] : word.slice(flag.length + 1);
}

/** The words with each `--flag=value` in one, which bash takes apart into three. */
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
 * The completions as kubectl wants them of a plugin: a word a line, then 4 where there is nothing else to offer, 0 where
 * file names are offered, too.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go
 */
export function formatForKubectl({ words, files }: Completions): string {
  return [...words, files ? ':0' : ':4', ''].join('\n');
}
