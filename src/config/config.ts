import type { FieldError } from '../diagnostics/field-error.ts';
import type { InjectionOptions } from '../injection/injection-options.ts';
import { ambassadorPolicy, ambassadorPolicyErrors } from './ambassador-policy-settings.ts';
import { type ParsedProfiles, parseProfiles } from './profile-settings.ts';
import { readSettings } from './read-settings.ts';
import type { SettingSources } from './setting-sources.ts';
import { flagName, type SettingKey, type SettingValues, settingKeys } from './settings.ts';
import { unknownSettings } from './unknown-settings.ts';

/** The keys of the settings that determine what happens to a pod, in a cluster and offline. */
export const injectionSettings = [
  'kubernetesVersion',
  'onInvalid',
  'clusterName',
  'ambassadorImage',
  'ambassadorPort',
  'ambassadorAccess',
  'ambassadorCpu',
  'ambassadorMemory',
  'ambassadorSidecar',
  'ambassadorRunAsUser',
  'ambassadorNamespaces',
  'ambassadorAllowedAccess',
  'ambassadorRequiredAccess',
  'ambassadorAllowedImages',
  'ambassadorPullSecrets',
] as const satisfies readonly SettingKey[];

type InjectionSetting = (typeof injectionSettings)[number];

/** The {@link injectionSettings}, parsed. */
export type InjectionConfig = InjectionOptions & Pick<SettingValues, 'onInvalid'>;

/** Every setting, parsed. */
export type Config = Omit<SettingValues, InjectionSetting | 'certificateMode'> &
  InjectionConfig & { readonly certificateMode: CertificateMode };

type CertificateMode = NonNullable<SettingValues['certificateMode']>;

/** A configuration, or the errors in all its settings. */
export type ParsedConfig<T> =
  | { readonly kind: 'valid'; readonly config: T }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** Parses every setting. Flags take precedence over the environment, then the file, then the defaults. */
export function parseConfig(sources: SettingSources): ParsedConfig<Config> {
  const read = readSettings(settingKeys, sources);
  const profiles = parseProfiles(sources, read.values);
  const errors = [
    ...unknownSettings(sources.file),
    ...(read.kind === 'invalid' ? read.errors : []),
    ...certificateErrors(read.values),
    ...ambassadorPolicyErrors(read.values),
    ...profiles.errors,
  ];
  if (read.kind === 'invalid' || errors.length > 0) return { kind: 'invalid', errors };
  const { values } = read;
  const config = { ...values, certificateMode: certificateModeOf(values), ...injectionConfig(values, profiles) };
  return { kind: 'valid', config };
}

/** Parses only the {@link injectionSettings}. */
export function parseInjectionConfig(sources: SettingSources): ParsedConfig<InjectionConfig> {
  const read = readSettings(injectionSettings, sources);
  const profiles = parseProfiles(sources, read.values);
  const errors = [
    ...unknownSettings(sources.file),
    ...(read.kind === 'invalid' ? read.errors : []),
    ...ambassadorPolicyErrors(read.values),
    ...profiles.errors,
  ];
  if (read.kind === 'invalid' || errors.length > 0) return { kind: 'invalid', errors };
  return { kind: 'valid', config: injectionConfig(read.values, profiles) };
}

function injectionConfig(values: Pick<SettingValues, InjectionSetting>, { profiles }: ParsedProfiles): InjectionConfig {
  return {
    kubernetesVersion: values.kubernetesVersion,
    onInvalid: values.onInvalid,
    clusterName: values.clusterName,
    profiles,
    ambassador: {
      image: values.ambassadorImage,
      port: values.ambassadorPort,
      access: values.ambassadorAccess,
      cpu: values.ambassadorCpu,
      memory: values.ambassadorMemory,
      sidecar: values.ambassadorSidecar,
      kubeconfig: false,
      runAsUser: values.ambassadorRunAsUser,
      policy: ambassadorPolicy(values),
    },
  };
}

/** Returns the mode that is set; if none is, `files` with a certificate file and `temporary` without one. */
function certificateModeOf({ certificateMode, tlsCertFile }: Partial<SettingValues>): CertificateMode {
  return certificateMode ?? (tlsCertFile === undefined ? 'temporary' : 'files');
}

/** Returns errors about certificate settings that are incomplete or contradict each other. */
function certificateErrors(values: Partial<SettingValues>): readonly FieldError[] {
  const { certificateMode, tlsCertFile, tlsPrivateKeyFile, namespace } = values;
  const errors: FieldError[] = [];
  const mode = certificateModeOf(values);
  const needsBoth = mode === 'files' || tlsCertFile !== undefined || tlsPrivateKeyFile !== undefined;
  const pair = (key: SettingKey, example: string) =>
    required(key, `a certificate and its private key must be set together; for example ${flagName(key)} ${example}`);
  if (needsBoth && tlsCertFile === undefined) errors.push(pair('tlsCertFile', 'certs/local/tls.crt'));
  if (needsBoth && tlsPrivateKeyFile === undefined) errors.push(pair('tlsPrivateKeyFile', 'certs/local/tls.key'));

  const file = (['tlsCertFile', 'tlsPrivateKeyFile'] as const).find((key) => values[key] !== undefined);
  if (certificateMode !== undefined && mode !== 'files' && file !== undefined) {
    const detail = `must be "files" if ${flagName(file)} is set; remove one of the two`;
    errors.push({ field: flagName('certificateMode'), kind: 'Invalid', value: certificateMode, detail });
  }
  if (mode === 'self-signed' && namespace === undefined) {
    const detail = `self-signed certificates are stored in this namespace; for example ${flagName('namespace')} downlink`;
    errors.push(required('namespace', detail));
  }
  return errors;
}

function required(key: SettingKey, detail: string): FieldError {
  return { field: flagName(key), kind: 'Required', detail };
}
