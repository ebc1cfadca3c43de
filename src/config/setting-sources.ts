import { isObject } from '../json/json-value.ts';
import { environmentName, flagName, type SettingKey } from './settings.ts';

/** Where settings come from, by their keys in `settings`; the first source that has a setting wins. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: SettingsFile | undefined;
  /** Other sources, such as a cluster's, for settings that are in none of these. Errors contain their name. */
  readonly others?: (SettingSources & { readonly name: string }) | undefined;
}

/** A file of settings, parsed. */
export interface SettingsFile {
  readonly name: string;
  readonly content: unknown;
}

/** The text of a setting, and where it was found. */
export interface SourcedSetting {
  readonly value: string;
  /** A flag, an environment variable, or a file and a key, as errors name it. */
  readonly field: string;
}

/** Finds a setting in its sources; undefined if none of them has it. */
export function findSetting(key: SettingKey, sources: SettingSources): SourcedSetting | undefined {
  const { others } = sources;
  const own = findOwn(key, sources);
  if (own !== undefined || others === undefined) return own;
  const other = findSetting(key, others);
  return other && { ...other, field: `${others.name}: ${other.field}` };
}

function findOwn(key: SettingKey, { flags, environment, file }: SettingSources): SourcedSetting | undefined {
  const flag = flags[key];
  if (typeof flag === 'string') return { value: flag, field: flagName(key) };
  const variable = environmentName(key);
  const fromEnvironment = environment[variable];
  if (fromEnvironment !== undefined) return { value: fromEnvironment, field: variable };
  const fromFile = file && isObject(file.content) ? file.content[key] : undefined;
  if (file === undefined || fromFile === undefined || fromFile === null) return undefined;
  return { value: settingText(fromFile), field: `${file.name}: ${key}` };
}

/** Returns the text of a setting in a file. A list of strings is joined with commas. */
export function settingText(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
