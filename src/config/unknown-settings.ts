import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector } from '../diagnostics/findings.ts';
import { nearest } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import { profilesKey } from './profile-settings.ts';
import { type SettingsFile, settingText } from './setting-sources.ts';
import { type SettingKey, settingKeys, settings } from './settings.ts';

/** Returns an error for each key in a file that is not a setting. */
export function unknownSettings(file: SettingsFile | undefined): readonly FieldError[] {
  if (file === undefined || file.content === null || file.content === undefined) return [];
  if (!isObject(file.content)) {
    return [{ field: file.name, kind: 'Invalid', detail: 'must be a map of settings, for example "port: 8443"' }];
  }
  const unknown = createCollector<readonly FieldError[]>();
  for (const [key, value] of Object.entries(file.content)) {
    if (!Object.hasOwn(settings, key) && key !== profilesKey)
      unknown.push(() => unknownSetting(`${file.name}: ${key}`, key, value));
  }
  const more = unknown.total - unknown.first.length;
  const others: FieldError = { field: file.name, kind: 'Forbidden', detail: `and ${more} more unknown settings` };
  return [...unknown.first.flat(), ...(more > 0 ? [others] : [])];
}

/** Returns an error about an unknown key, and another one if the suggested setting does not accept its value. */
function unknownSetting(field: string, key: string, value: unknown): readonly FieldError[] {
  const inner = isObject(value) ? Object.keys(value).flatMap((one) => nearestSetting(`${key}.${one}`) ?? []) : [];
  const near = isObject(value) ? undefined : nearestSetting(key);
  const hint =
    inner.length > 0
      ? `settings cannot be nested; write ${inner.join(', ')}`
      : near === undefined
        ? `known settings: ${settingKeys.join(', ')}`
        : `did you mean ${near}?`;
  const unknown: FieldError = { field, kind: 'Forbidden', detail: `unknown setting; ${hint}` };
  if (near === undefined || value === null) return [unknown];
  const text = settingText(value);
  const parsed = settings[near].parse(text);
  if (parsed.kind === 'valid') return [unknown];
  return [unknown, { field, kind: 'Invalid', value: text, detail: parsed.error.detail }];
}

/** Returns the setting that `ambassador-image`, `DOWNLINK_AMBASSADOR_IMAGE`, or `ambassadorImag` means. */
function nearestSetting(key: string): SettingKey | undefined {
  const lettersOf = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const letters = lettersOf(key).replace(/^downlink/, '');
  const sameLetters = settingKeys.find((known) => lettersOf(known) === letters);
  const near = sameLetters ?? nearest(key, settingKeys);
  // `ambassador` is not a misspelled `ambassadorCpu`
  return near !== undefined && Math.abs(lettersOf(near).length - letters.length) <= 2 ? near : undefined;
}
