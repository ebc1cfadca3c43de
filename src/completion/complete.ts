import type { Level } from './levels.ts';

export interface Completions {
  readonly words: readonly string[];
  /** Whether the shell should offer file names. */
  readonly files: boolean;
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
  if (flag !== undefined && flag.value !== 'none') {
    const values = typeof flag.value === 'string' ? [] : flag.value;
    return { words: values.filter((word) => word.startsWith(start)), files: flag.value === 'file' };
  }
  const candidates = begun.startsWith('-') ? level.flags.flatMap(({ names }) => names) : level.words;
  return { words: candidates.filter((word) => word.startsWith(begun)), files: level.files && !begun.startsWith('-') };
}

/**
 * The completions as kubectl wants them of a plugin: a word a line, then 4 where there is nothing else to offer, 0 where
 * file names are offered, too.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go
 */
export function formatForKubectl({ words, files }: Completions): string {
  return [...words, files ? ':0' : ':4', ''].join('\n');
}
