import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector } from '../diagnostics/findings.ts';
import { nearest } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import { profilesKey } from './profile-settings.ts';
import { type SettingsFile, settingText } from './setting-sources.ts';
import { type SettingKey, settingKeys, settings } from './settings.ts';

const unknown = 'unknown setting';

/** Returns an error for each key in a file that is not a setting. */
export function unknownSettings(file: SettingsFile | undefined): readonly FieldError[] {
  if (file === undefined || file.content === null || file.content === undefined) return [];
  if (!isObject(file.content)) {
    return [{ field: file.name, kind: 'Invalid', detail: 'must be a map of settings, for example "port: 8443"' }];
  }
  const found = createCollector<readonly FieldError[]>();
  for (const [key, value] of Object.entries(file.content)) {
    if (!Object.hasOwn(settings, key) && key !== profilesKey)
      found.push(() => unknownSetting(`${file.name}: ${key}`, key, value));
  }
  const more = found.total - found.first.length;
  const others: FieldError = { field: file.name, kind: 'Forbidden', detail: `and ${more} more unknown settings` };
  return [...withKnownSettings(found.first.flat()), ...(more > 0 ? [others] : [])];
}

/** Adds the settings that are known to the first error that suggests none. */
function withKnownSettings(errors: readonly FieldError[]): readonly FieldError[] {
  const first = errors.find(({ detail }) => detail === unknown);
  const known = `known settings: ${[...settingKeys, profilesKey].join(', ')}`;
  return errors.map((error) => (error === first ? { ...error, detail: `${unknown}; ${known}` } : error));
}

/** Returns an error about an unknown key, and another one if the suggested setting does not accept its value. */
function unknownSetting(field: string, key: string, value: unknown): readonly FieldError[] {
  const inner = isObject(value) ? Object.keys(value).flatMap((one) => nearestSetting(`${key}.${one}`) ?? []) : [];
  const near = isObject(value) ? undefined : nearestSetting(key);
  const hint =
    inner.length > 0
      ? `; settings cannot be nested; write ${inner.join(', ')}`
      : near === undefined
        ? ''
        : `; did you mean ${near}?`;
  const error: FieldError = { field, kind: 'Forbidden', detail: `${unknown}${hint}` };
  if (near === undefined || value === null) return [error];
  const text = settingText(value);
  const parsed = settings[near].parse(text);
  if (parsed.kind === 'valid') return [error];
  return [error, { field, kind: 'Invalid', value: text, detail: parsed.error.detail }];
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
