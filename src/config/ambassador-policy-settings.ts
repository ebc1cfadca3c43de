import type { FieldError } from '../diagnostics/field-error.ts';
import { listNames, quote } from '../diagnostics/text.ts';
import { type AccessPreset, withRequiredAccess } from '../injection/ambassador/ambassador-options.ts';
import type { AmbassadorPolicy } from '../injection/patch/injection-part.ts';
import { flagName, type SettingValues } from './settings.ts';

/** Returns what the settings allow ambassadors. The image of the settings is always allowed. */
export function ambassadorPolicy(
  values: Pick<SettingValues, 'ambassadorImage'> &
    Partial<
      Pick<
        SettingValues,
        | 'ambassadorNamespaces'
        | 'ambassadorAllowedAccess'
        | 'ambassadorRequiredAccess'
        | 'ambassadorAllowedImages'
        | 'ambassadorPullSecrets'
      >
    >,
): AmbassadorPolicy {
  const { ambassadorImage: image, ambassadorAllowedImages: prefixes } = values;
  return {
    namespaces: values.ambassadorNamespaces,
    access: values.ambassadorAllowedAccess,
    requiredAccess: values.ambassadorRequiredAccess ?? [],
    images: prefixes && { image, prefixes },
    pullSecrets: values.ambassadorPullSecrets ?? [],
  };
}

/**
 * Returns an error if pods get access presets by default that they are not allowed to request, or that are not enough, or if
 * they must request what they may not.
 */
export function ambassadorPolicyErrors(values: Partial<SettingValues>): readonly FieldError[] {
  const {
    ambassadorAccess: given = [],
    ambassadorAllowedAccess: allowed,
    ambassadorRequiredAccess: required = [],
  } = values;
  const errors: FieldError[] = [];
  const allows = (preset: AccessPreset) => allowed === undefined || allowed.includes(preset);
  const allowsOnly = `${flagName('ambassadorAllowedAccess')} allows only ${listNames(allowed ?? [])}`;
  const forbidden = given.find((preset) => !allows(preset));
  if (forbidden !== undefined) {
    const detail = `it is the default, but ${allowsOnly}; choose one of these as the default, or allow it`;
    errors.push({ field: flagName('ambassadorAccess'), kind: 'Invalid', value: forbidden, detail });
  }
  const impossible = required.find((preset) => !allows(preset));
  if (impossible !== undefined) {
    const detail = `${allowsOnly}; allow it as well`;
    errors.push({ field: flagName('ambassadorRequiredAccess'), kind: 'Invalid', value: impossible, detail });
  }
  if (given.length > 0 && required.some((preset) => !given.includes(preset))) {
    const right = withRequiredAccess(given, required);
    const detail = `it is the default, but ${flagName('ambassadorRequiredAccess')} requires ${listNames(required)}; write ${quote(right.join(', '))}`;
    errors.push({ field: flagName('ambassadorAccess'), kind: 'Invalid', value: given.join(', '), detail });
  }
  return errors;
}
