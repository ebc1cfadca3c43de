import { type Command, Option } from 'commander';
import type { Setting } from '../config/setting.ts';
import { environmentName, flagName, type SettingKey, settings } from '../config/settings.ts';

/** Adds a flag for each of these settings. Its value is parsed together with the other sources of settings. */
export function addSettingFlags(command: Command, keys: readonly SettingKey[]): Command {
  for (const key of keys) {
    const setting: Setting<unknown> = settings[key];
    const fallback = setting.default === undefined ? '' : `default: ${setting.default}, `;
    const text = `${setting.meaning} (${fallback}env: ${environmentName(key)})`;
    const option = new Option(`${flagName(key)} ${setting.placeholder}`, text);
    if (setting.words !== undefined) option.argChoices = [...setting.words]; // for help and completion; settings have their own parser
    command.addOption(option);
  }
  return command;
}
