import type { FieldError } from '../diagnostics/field-error.ts';
import type { Setting } from './setting.ts';
import { findSetting, type SettingSources, type SourcedSetting } from './setting-sources.ts';
import { type SettingKey, type SettingValues, settings } from './settings.ts';

/** The values of settings, or the errors in the invalid ones and the values of the others. */
export type ReadSettings<K extends SettingKey> =
  | { readonly kind: 'valid'; readonly values: Pick<SettingValues, K> }
  | {
      readonly kind: 'invalid';
      readonly values: Partial<Pick<SettingValues, K>>;
      readonly errors: readonly FieldError[];
    };

/** Parses settings from their sources. A setting that is in none of them gets its default. */
export function readSettings<K extends SettingKey>(keys: readonly K[], sources: SettingSources): ReadSettings<K> {
  const errors: FieldError[] = [];
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const key of keys) {
    const setting: Setting<unknown> = settings[key];
    const found = findSetting(key, sources) ?? defaultOf(key, setting);
    if (found === undefined) {
      values[key] = undefined;
      continue;
    }
    const parsed = setting.parse(found.value);
    if (parsed.kind === 'valid') values[key] = parsed.value;
    else errors.push({ ...found, kind: 'Invalid', detail: parsed.error.detail });
  }
  return errors.length > 0
    ? { kind: 'invalid', values: values as Partial<Pick<SettingValues, K>>, errors }
    : { kind: 'valid', values: values as Pick<SettingValues, K> };
}

function defaultOf(key: SettingKey, setting: Setting<unknown>): SourcedSetting | undefined {
  return setting.default === undefined ? undefined : { value: setting.default, field: key };
}
