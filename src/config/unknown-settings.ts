import { isOptionProblem } from '../annotations/option-problem.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import { createCollector } from '../diagnostics/findings.ts';
import { nearest } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import { type SettingKey, settings } from './settings.ts';

/** A file of settings, parsed. */
export interface SettingsFile {
  readonly name: string;
  readonly content: unknown;
}

/** The errors of a file's settings that are none. */
export function unknownSettings(file: SettingsFile | undefined): readonly FieldError[] {
  if (file === undefined || file.content === null || file.content === undefined) return [];
  if (!isObject(file.content)) {
    return [{ field: file.name, kind: 'Invalid', detail: 'must be a map of settings, for example "port: 8443"' }];
  }
  const unknown = createCollector<readonly FieldError[]>();
  for (const [key, value] of Object.entries(file.content)) {
    if (!Object.hasOwn(settings, key)) unknown.push(() => unknownSetting(`${file.name}: ${key}`, key, value));
  }
  const more = unknown.total - unknown.first.length;
  const rest: FieldError = { field: file.name, kind: 'Forbidden', detail: `and ${more} more unknown settings` };
  return [...unknown.first.flat(), ...(more > 0 ? [rest] : [])];
}

const settingKeys = Object.keys(settings) as SettingKey[];

/** The errors of a setting that is none: the one that was meant, and what is wrong with its value then. */
function unknownSetting(field: string, key: string, value: unknown): readonly FieldError[] {
  const inner = isObject(value) ? Object.keys(value).flatMap((one) => nearestSetting(`${key}.${one}`) ?? []) : [];
  const near = isObject(value) ? undefined : nearestSetting(key);
  const hint =
    inner.length > 0
      ? `there are no settings within settings; write ${inner.join(', ')}`
      : near === undefined
        ? `known are ${settingKeys.join(', ')}`
        : `did you mean ${near}?`;
  const unknown: FieldError = { field, kind: 'Forbidden', detail: `unknown setting; ${hint}` };
  const parsed: unknown = near === undefined || value === null ? undefined : settings[near].parse(settingText(value));
  if (!isOptionProblem(parsed)) return [unknown];
  return [unknown, { field, kind: 'Invalid', value: settingText(value), detail: parsed.detail }];
}

/** The setting that was meant with another spelling: `ambassador-image`, `DOWNLINK_AMBASSADOR_IMAGE`, `ambassadorImag`. */
function nearestSetting(key: string): SettingKey | undefined {
  const lettersOf = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const letters = lettersOf(key).replace(/^downlink/, '');
  const same = settingKeys.find((known) => lettersOf(known) === letters);
  const near = same ?? (nearest(key, settingKeys) as SettingKey | undefined);
  // `ambassador` is no misspelt `ambassadorCpu`
  return near !== undefined && Math.abs(lettersOf(near).length - letters.length) <= 2 ? near : undefined;
}

/** The text of a setting in a file, where a list may be written as one. */
export function settingText(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
