import {
  type AmbassadorIntent,
  ambassadorOptions,
  isOptionProblem,
  unsupported,
} from './annotations/ambassador-options.ts';
import { annotationKeys } from './annotations/keys.ts';
import type { FieldError } from './field-error.ts';
import { type KubernetesVersion, parseKubernetesVersion } from './kubernetes/version.ts';
import { nearest } from './text.ts';

/** A setting of the server: a flag, an environment variable and a key of the configuration file, all of one name. */
export interface Setting<T> {
  /** As the flag has it: `health-port` is `--health-port`, `DOWNLINK_HEALTH_PORT` and `healthPort`. */
  readonly name: string;
  readonly placeholder: string;
  readonly meaning: string;
  /** As it would be written; undefined where there is none. */
  readonly default: string | undefined;
  readonly parse: (text: string) => T | { readonly detail: string };
}

const string = (text: string) => (text === '' ? { detail: 'must not be empty' } : text);
const port = (text: string) => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= 65535 ? value : { detail: 'must be a port from 0 to 65535, for example 8443; 0 takes any free one' };
};
const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (text: string) =>
    words.find((word) => word === text) ?? { detail: unsupported(text, words).detail };
const seconds = (text: string) => {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? { detail: 'must be a whole number of seconds, for example 10' } : value;
};
const userId = (text: string) => {
  if (text === 'none') return undefined;
  const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? { detail: 'must be a user id above 0, for example 65532, or "none"' } : value;
};
const kubernetesVersion = (text: string): KubernetesVersion | { detail: string } =>
  parseKubernetesVersion(text) ?? { detail: 'must be a Kubernetes version, for example 1.33' };

/** Every setting. The table in the README is tested against it. */
export const settings = {
  port: setting('port', '<port>', 'port of the webhook, HTTPS', '8443', port),
  healthPort: setting('health-port', '<port>', 'port of /healthz and /readyz, plain HTTP', '8080', port),
  bindAddress: setting('bind-address', '<address>', 'address to listen on', undefined, string),
  tlsCertFile: setting('tls-cert-file', '<file>', 'serving certificate, PEM', undefined, string),
  tlsPrivateKeyFile: setting('tls-private-key-file', '<file>', 'its private key, PEM', undefined, string),
  certificateMode: setting(
    'certificate-mode',
    '<mode>',
    'self-signed: made and renewed in a Secret of the cluster; files: the two files above; temporary: for localhost',
    undefined,
    oneOf('self-signed', 'files', 'temporary'),
  ),
  certificateSecret: setting(
    'certificate-secret',
    '<name>',
    'self-signed: the Secret',
    'downlink-certificates',
    string,
  ),
  serviceName: setting(
    'service-name',
    '<name>',
    'self-signed: the Service that the certificate is for',
    'downlink',
    string,
  ),
  webhookConfiguration: setting(
    'webhook-configuration',
    '<name>',
    'self-signed: the MutatingWebhookConfiguration whose caBundle is kept',
    'downlink',
    string,
  ),
  deploymentName: setting(
    'deployment-name',
    '<name>',
    'self-signed: the Deployment that owns the Secret',
    undefined,
    string,
  ),
  namespace: setting('namespace', '<name>', 'self-signed: the namespace of all of these', undefined, string),
  clientCaFile: setting(
    'client-ca-file',
    '<file>',
    'CA that callers must have a certificate of, PEM',
    undefined,
    string,
  ),
  kubernetesVersion: setting(
    'kubernetes-version',
    '<version>',
    "the API server's version, which decides on native sidecars",
    undefined,
    kubernetesVersion,
  ),
  onInvalid: setting(
    'on-invalid',
    '<action>',
    'what a pod with mistakes in its annotations gets: deny or warn',
    'deny',
    oneOf('deny', 'warn'),
  ),
  shutdownDelay: setting(
    'shutdown-delay',
    '<seconds>',
    'how long to go on serving after SIGTERM while endpoints drain',
    '10',
    seconds,
  ),
  logLevel: setting('log-level', '<level>', 'least level to log', 'info', oneOf('debug', 'info', 'warn', 'error')),
  ambassadorImage: setting(
    'ambassador-image',
    '<image>',
    "the ambassador's image",
    'registry.k8s.io/kubectl:v1.36.2',
    ambassadorOptions.image,
  ),
  ambassadorPort: setting(
    'ambassador-port',
    '<port>',
    'its port where no annotation says otherwise',
    annotationKeys['ambassador-port'].default,
    ambassadorOptions.port,
  ),
  ambassadorAccess: setting(
    'ambassador-access',
    '<presets>',
    'its access, likewise',
    annotationKeys['ambassador-access'].default,
    ambassadorOptions.access,
  ),
  ambassadorCpu: setting('ambassador-cpu', '<quantity>', 'its cpu, likewise', undefined, ambassadorOptions.cpu),
  ambassadorMemory: setting(
    'ambassador-memory',
    '<quantity>',
    'its memory, likewise',
    undefined,
    ambassadorOptions.memory,
  ),
  ambassadorSidecar: setting(
    'ambassador-sidecar',
    '<kind>',
    'its kind, likewise: auto, native or container',
    'auto',
    ambassadorOptions.sidecar,
  ),
  ambassadorRunAsUser: setting(
    'ambassador-run-as-user',
    '<uid>',
    'its user id, or none to leave it to the platform',
    '65532',
    userId,
  ),
} as const;

export type SettingKey = keyof typeof settings;

/** The settings, parsed. Those without a default may be undefined. */
export interface Config {
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
  readonly deploymentName: string | undefined;
  readonly namespace: string | undefined;
  readonly kubernetesVersion: KubernetesVersion | undefined;
  readonly onInvalid: 'deny' | 'warn';
  /** Seconds. */
  readonly shutdownDelay: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly ambassador: AmbassadorIntent & { readonly runAsUser: number | undefined };
}

/** Where settings may come from, each by key of {@link settings}; the first one that has a setting wins. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly name: string; readonly content: unknown } | undefined;
}

export function flagName({ name }: { readonly name: string }): string {
  return `--${name}`;
}

export function environmentName({ name }: { readonly name: string }): string {
  return `DOWNLINK_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** The configuration from flags, environment, file and defaults, in this order, or everything that is wrong with it. */
export function parseConfig(sources: SettingSources): Config | { readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [...unknownKeys(sources.file)];
  const read = <K extends SettingKey>(key: K) => readSetting<Parsed<K>>(key, sources, errors);
  const config: Config = {
    port: read('port') ?? 0,
    healthPort: read('healthPort') ?? 0,
    bindAddress: read('bindAddress'),
    tlsCertFile: read('tlsCertFile'),
    tlsPrivateKeyFile: read('tlsPrivateKeyFile'),
    clientCaFile: read('clientCaFile'),
    certificateMode: read('certificateMode') ?? (read('tlsCertFile') === undefined ? 'temporary' : 'files'),
    certificateSecret: read('certificateSecret') ?? '',
    serviceName: read('serviceName') ?? '',
    webhookConfiguration: read('webhookConfiguration') ?? '',
    deploymentName: read('deploymentName'),
    namespace: read('namespace'),
    kubernetesVersion: read('kubernetesVersion'),
    onInvalid: read('onInvalid') ?? 'deny',
    shutdownDelay: read('shutdownDelay') ?? 0,
    logLevel: read('logLevel') ?? 'info',
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

type Parsed<K extends SettingKey> = Exclude<ReturnType<(typeof settings)[K]['parse']>, { detail: string }>;

function required(key: SettingKey, detail: string): FieldError {
  return { field: flagName(settings[key]), kind: 'Required', detail };
}

function setting<T>(
  name: string,
  placeholder: string,
  meaning: string,
  fallback: string | undefined,
  parse: Setting<T>['parse'],
): Setting<T> {
  return { name, placeholder, meaning, default: fallback, parse };
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
function locate(
  key: SettingKey,
  { flags, environment, file }: SettingSources,
): { value: string; field: string } | undefined {
  const flag = flags[key];
  if (typeof flag === 'string') return { value: flag, field: flagName(settings[key]) };
  const variable = environmentName(settings[key]);
  const fromEnvironment = environment[variable];
  if (fromEnvironment !== undefined) return { value: fromEnvironment, field: variable };
  const fromFile = file && isRecord(file.content) ? file.content[key] : undefined;
  if (file === undefined || fromFile === undefined || fromFile === null) return undefined;
  const value = typeof fromFile === 'object' ? JSON.stringify(fromFile) : String(fromFile);
  return { value, field: `${file.name}: ${key}` };
}

function unknownKeys(file: SettingSources['file']): readonly FieldError[] {
  if (file === undefined || file.content === null || file.content === undefined) return [];
  if (!isRecord(file.content)) {
    return [{ field: file.name, kind: 'Invalid', detail: 'must be a map of settings, for example "port: 8443"' }];
  }
  const known = Object.keys(settings);
  return Object.keys(file.content).flatMap((key) => {
    if (known.includes(key)) return [];
    const near = nearest(key, known);
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
    return [{ field: `${file.name}: ${key}`, kind: 'Forbidden' as const, detail: `unknown setting; ${hint}` }];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
