import { isOptionProblem } from '../annotations/option-problem.ts';
import type { FieldError } from '../diagnostics/field-error.ts';
import type { InjectionOptions } from '../injection/inject-pod.ts';
import { isObject } from '../json/json-value.ts';
import { environmentName, flagName, type SettingKey, settings } from './settings.ts';
import { type SettingsFile, settingText, unknownSettings } from './unknown-settings.ts';

/** The settings that decide what becomes of a pod, offline as in a cluster. */
export interface InjectionConfig extends InjectionOptions {
  /** What a pod with mistakes gets: a denial, or warnings and nothing else. */
  readonly onInvalid: 'deny' | 'warn';
}

/** The settings, parsed. Those without a default may be undefined. */
export interface Config extends InjectionConfig {
  readonly port: number;
  readonly healthPort: number;
  readonly bindAddress: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsPrivateKeyFile: string | undefined;
  readonly clientCaFile: string | undefined;
  readonly certificateMode: 'self-signed' | 'files' | 'temporary';
  readonly certificateSecret: string;
  readonly serviceName: string;
  readonly webhookConfiguration: string;
  readonly validatingWebhookConfiguration: string | undefined;
  readonly deploymentName: string | undefined;
  readonly namespace: string | undefined;
  /** Seconds. */
  readonly shutdownDelay: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** The keys of the settings of an {@link InjectionConfig}. */
export const injectionSettings = [
  'kubernetesVersion',
  'onInvalid',
  'ambassadorImage',
  'ambassadorPort',
  'ambassadorAccess',
  'ambassadorCpu',
  'ambassadorMemory',
  'ambassadorSidecar',
  'ambassadorRunAsUser',
] as const satisfies readonly SettingKey[];

/** Where settings may come from, each by its key in `settings`; the first one that has a setting wins. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: SettingsFile | undefined;
  /** Settings of another place for those that none of these has: a cluster's, by whose name errors tell them. */
  readonly others?: (SettingSources & { readonly name: string }) | undefined;
}

/** The configuration from flags, environment, file and defaults, in this order, or everything that is wrong with it. */
export function parseConfig(sources: SettingSources): Config | { readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [...unknownSettings(sources.file)];
  const read: Read = (key) => readSetting(key, sources, errors);
  // but for the mode, what stands behind ?? is for the types: a setting with a default is undefined only where it is wrong
  const mode = read('certificateMode');
  const config: Config = {
    port: read('port') ?? 0,
    healthPort: read('healthPort') ?? 0,
    bindAddress: read('bindAddress'),
    tlsCertFile: read('tlsCertFile'),
    tlsPrivateKeyFile: read('tlsPrivateKeyFile'),
    clientCaFile: read('clientCaFile'),
    certificateMode: mode ?? (read('tlsCertFile') === undefined ? 'temporary' : 'files'),
    certificateSecret: read('certificateSecret') ?? '',
    serviceName: read('serviceName') ?? '',
    webhookConfiguration: read('webhookConfiguration') ?? '',
    validatingWebhookConfiguration: read('validatingWebhookConfiguration'),
    deploymentName: read('deploymentName'),
    namespace: read('namespace'),
    shutdownDelay: read('shutdownDelay') ?? 0,
    logLevel: read('logLevel') ?? 'info',
    ...readInjection(read),
  };
  const needsFiles = config.certificateMode === 'files';
  for (const [key, example] of [
    ['tlsCertFile', 'certs/local/tls.crt'],
    ['tlsPrivateKeyFile', 'certs/local/tls.key'],
  ] as const) {
    const other = key === 'tlsCertFile' ? config.tlsPrivateKeyFile : config.tlsCertFile;
    if (config[key] === undefined && (needsFiles || other !== undefined)) {
      errors.push(
        required(key, `a certificate and its key come together; for example ${flagName(settings[key])} ${example}`),
      );
    }
  }
  const file = (['tlsCertFile', 'tlsPrivateKeyFile'] as const).find((key) => config[key] !== undefined);
  if (mode !== undefined && !needsFiles && file !== undefined) {
    const detail = `with ${flagName(settings[file])} it must be "files"; leave one of the two out`;
    errors.push({ field: flagName(settings.certificateMode), kind: 'Invalid', value: mode, detail });
  }
  if (config.certificateMode === 'self-signed' && config.namespace === undefined) {
    errors.push(
      required(
        'namespace',
        `self-signed certificates are kept in it; for example ${flagName(settings.namespace)} downlink`,
      ),
    );
  }
  return errors.length > 0 ? { errors } : config;
}

/** The same of the {@link injectionSettings} alone; what else the sources hold is not read. */
export function parseInjectionConfig(
  sources: SettingSources,
): InjectionConfig | { readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [...unknownSettings(sources.file)];
  const config = readInjection((key) => readSetting(key, sources, errors));
  return errors.length > 0 ? { errors } : config;
}

function readInjection(read: Read): InjectionConfig {
  return {
    kubernetesVersion: read('kubernetesVersion'),
    onInvalid: read('onInvalid') ?? 'deny',
    ambassador: {
      image: read('ambassadorImage') ?? '',
      port: read('ambassadorPort') ?? 0,
      access: read('ambassadorAccess') ?? [],
      cpu: read('ambassadorCpu'),
      memory: read('ambassadorMemory'),
      sidecar: read('ambassadorSidecar') ?? 'auto',
      runAsUser: read('ambassadorRunAsUser'),
    },
  };
}

type Read = <K extends SettingKey>(key: K) => Parsed<K> | undefined;

type Parsed<K extends SettingKey> = Exclude<ReturnType<(typeof settings)[K]['parse']>, { detail: string }>;

function required(key: SettingKey, detail: string): FieldError {
  return { field: flagName(settings[key]), kind: 'Required', detail };
}

function readSetting<T>(key: SettingKey, sources: SettingSources, errors: FieldError[]): T | undefined {
  const { parse, default: fallback } = settings[key];
  const found = locate(key, sources);
  const value = found?.value ?? fallback;
  if (value === undefined) return undefined;
  const parsed = parse(value);
  if (!isOptionProblem(parsed)) return parsed as T;
  errors.push({ field: found?.field ?? key, kind: 'Invalid', value, detail: parsed.detail });
  return undefined;
}

/** The setting as written, and where it was written. */
function locate(key: SettingKey, sources: SettingSources): { value: string; field: string } | undefined {
  const { others } = sources;
  const own = locateOwn(key, sources);
  if (own !== undefined || others === undefined) return own;
  const other = locate(key, others);
  return other && { ...other, field: `${others.name}: ${other.field}` };
}

function locateOwn(
  key: SettingKey,
  { flags, environment, file }: SettingSources,
): { value: string; field: string } | undefined {
  const flag = flags[key];
  if (typeof flag === 'string') return { value: flag, field: flagName(settings[key]) };
  const variable = environmentName(settings[key]);
  const fromEnvironment = environment[variable];
  if (fromEnvironment !== undefined) return { value: fromEnvironment, field: variable };
  const fromFile = file && isObject(file.content) ? file.content[key] : undefined;
  if (file === undefined || fromFile === undefined || fromFile === null) return undefined;
  const value = settingText(fromFile);
  return { value, field: `${file.name}: ${key}` };
}
