import type { Argument, Command, Option } from 'commander';

/** What can follow a command. */
export interface Level {
  /** The commands that lead here, each preceded by a space: ` scan`; empty for the program itself. */
  readonly path: string;
  /** Its subcommands, and the choices of its arguments. */
  readonly words: readonly string[];
  /** Whether it takes a file as an argument. */
  readonly files: boolean;
  readonly flags: readonly Flag[];
}

/** A flag of a command. */
export interface Flag {
  /** Short and long: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly value: FlagValue;
}

/** What can follow a flag. */
export type FlagValue =
  /** The flag takes no value. */
  | { readonly kind: 'none' }
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Several words, separated by commas. */
  | { readonly kind: 'list'; readonly words: readonly string[] }
  /** Names from the kubeconfig or its cluster. */
  | { readonly kind: 'names'; readonly of: NamesOf }
  /** A value that cannot be completed. */
  | { readonly kind: 'unknown' };

export type NamesOf = 'contexts' | 'namespaces';

const namesOf: Readonly<Record<string, NamesOf>> = { '--context': 'contexts', '--namespace': 'namespaces' };

/** Returns the levels of the program and of all its commands, without hidden commands and flags. */
export function completionLevels(program: Command): readonly Level[] {
  return levelsBelow(program, '');
}

function levelsBelow(command: Command, path: string): readonly Level[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const level: Level = {
    path,
    words: [
      ...below.map((one) => one.name()),
      ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    ],
    files: command.registeredArguments.some(isFile),
    flags: help.visibleOptions(command).map(flagOf),
  };
  const commands = level.words.filter((word) => word !== 'help');
  const deeper = below.flatMap((one) => levelsBelow(one, `${path} ${one.name()}`));
  // commander's own command help takes the name of a command
  return [level, ...deeper.map((one) => (one.path === `${path} help` ? { ...one, words: commands } : one))];
}

function flagOf(option: Option): Flag {
  return { names: [option.short, option.long].filter((name) => name !== undefined), value: valueAfter(option) };
}

function valueAfter({ required, optional, argChoices, flags, long }: Option): FlagValue {
  if (!required && !optional) return { kind: 'none' };
  // a plural placeholder means a list: <presets>
  if (argChoices !== undefined) return { kind: /[<[]\w+s[>\]]/.test(flags) ? 'list' : 'words', words: argChoices };
  const names = namesOf[long ?? ''];
  if (names !== undefined) return { kind: 'names', of: names };
  return { kind: /[<[](file|dir|folder|path)/.test(flags) ? 'file' : 'unknown' };
}

function isFile(argument: Argument): boolean {
  return /^(file|dir|folder|path)/.test(argument.name());
}

/** Returns patterns for a shell's `case`: those of the commands, and those of the flags that take a value. */
export function patternsOf(levels: readonly Level[]): {
  readonly commands: readonly string[];
  readonly values: readonly {
    readonly patterns: readonly string[];
    readonly value: Exclude<FlagValue, { readonly kind: 'none' }>;
  }[];
} {
  return {
    commands: levels.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`),
    values: levels.flatMap(({ path, flags }) =>
      flags.flatMap(({ names, value }) =>
        value.kind === 'none' ? [] : [{ patterns: names.map((name) => `'${path} ${name}'`), value }],
      ),
    ),
  };
}
