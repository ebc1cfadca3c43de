import type { FieldError } from '../diagnostics/field-error.ts';
import { listNames } from '../diagnostics/text.ts';
import type { AmbassadorPolicy } from '../injection/patch/injection-part.ts';
import { flagName, type SettingValues } from './settings.ts';

/** Returns what the settings allow ambassadors. The image of the settings is always allowed. */
export function ambassadorPolicy(
  values: Pick<
    SettingValues,
    | 'ambassadorImage'
    | 'ambassadorNamespaces'
    | 'ambassadorAllowedAccess'
    | 'ambassadorAllowedImages'
    | 'ambassadorPullSecrets'
  >,
): AmbassadorPolicy {
  const { ambassadorImage: image, ambassadorAllowedImages: prefixes } = values;
  return {
    namespaces: values.ambassadorNamespaces,
    access: values.ambassadorAllowedAccess,
    images: prefixes && { image, prefixes },
    pullSecrets: values.ambassadorPullSecrets ?? [],
  };
}

/** Returns an error if pods get an access preset by default that they are not allowed to request. */
export function ambassadorPolicyErrors(values: Partial<SettingValues>): readonly FieldError[] {
  const { ambassadorAccess: given = [], ambassadorAllowedAccess: allowed } = values;
  const forbidden = allowed && given.find((preset) => !allowed.includes(preset));
  if (allowed === undefined || forbidden === undefined) return [];
  const detail = `it is the default, but ${flagName('ambassadorAllowedAccess')} allows only ${listNames(allowed)}; choose one of these as the default, or allow it`;
  return [{ field: flagName('ambassadorAccess'), kind: 'Invalid', value: forbidden, detail }];
}
