import type { Argument, Command, Option } from 'commander';

/** What may stand after a command. */
export interface Level {
  /** The commands that lead here, each with a space before it: `` for the program itself, ` scan`. */
  readonly path: string;
  /** Commands below it, and the choices of its arguments. */
  readonly words: readonly string[];
  /** Whether an argument of it is a file. */
  readonly files: boolean;
  readonly flags: readonly Flag[];
}

export interface Flag {
  /** Short and long: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly value: FlagValue;
}

/** What may follow a flag. */
export type FlagValue =
  /** Nothing of its own. */
  | { readonly kind: 'none' }
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Several of them, with commas between them. */
  | { readonly kind: 'list'; readonly words: readonly string[] }
  /** Names that the kubeconfig or its cluster has. */
  | { readonly kind: 'names'; readonly of: NamesOf }
  /** What nobody can guess. */
  | { readonly kind: 'unknown' };

export type NamesOf = 'contexts' | 'namespaces';

const namesOf: Readonly<Record<string, NamesOf>> = { '--context': 'contexts', '--namespace': 'namespaces' };

/** The program's level and those of all its commands, read off the command tree; hidden commands and flags are left out. */
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
  // commander's own command help takes the name of another one
  return [level, ...deeper.map((one) => (one.path === `${path} help` ? { ...one, words: commands } : one))];
}

function flagOf(option: Option): Flag {
  return { names: [option.short, option.long].filter((name) => name !== undefined), value: valueAfter(option) };
}

function valueAfter({ required, optional, argChoices, flags, long }: Option): FlagValue {
  if (!required && !optional) return { kind: 'none' };
  // what it takes is called by a plural: <presets>
  if (argChoices !== undefined) return { kind: /[<[]\w+s[>\]]/.test(flags) ? 'list' : 'words', words: argChoices };
  const names = namesOf[long ?? ''];
  if (names !== undefined) return { kind: 'names', of: names };
  return { kind: /[<[](file|dir|folder|path)/.test(flags) ? 'file' : 'unknown' };
}

function isFile(argument: Argument): boolean {
  return /^(file|dir|folder|path)/.test(argument.name());
}

/** The levels as patterns of a shell's `case`: the commands, and the flags that take a value with what it may be. */
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
