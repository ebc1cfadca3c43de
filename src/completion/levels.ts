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
  /** What may follow: nothing of its own, a file, one of these words, or what nobody can guess. */
  readonly value: 'none' | 'file' | 'unknown' | readonly string[];
}

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
  const names = [option.short, option.long].filter((name) => name !== undefined);
  if (!option.required && !option.optional) return { names, value: 'none' };
  if (option.argChoices !== undefined) return { names, value: option.argChoices };
  return { names, value: /[<[](file|dir|folder|path)/.test(option.flags) ? 'file' : 'unknown' };
}

function isFile(argument: Argument): boolean {
  return /^(file|dir|folder|path)/.test(argument.name());
}

/** The levels as patterns of a shell's `case`: the commands, and the flags that take a value with what it may be. */
export function patternsOf(levels: readonly Level[]): {
  readonly commands: readonly string[];
  readonly values: readonly { readonly patterns: readonly string[]; readonly value: Exclude<Flag['value'], 'none'> }[];
} {
  return {
    commands: levels.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`),
    values: levels.flatMap(({ path, flags }) =>
      flags.flatMap(({ names, value }) =>
        value === 'none' ? [] : [{ patterns: names.map((name) => `'${path} ${name}'`), value }],
      ),
    ),
  };
}
