import { annotationKeys } from '../annotations/annotation-keys.ts';
import { oneOf, type ValueParser } from '../annotations/parsed-value.ts';
import { accessPresets, ambassadorOptions, sidecarKinds } from '../injection/ambassador/ambassador-options.ts';
import { parsePort, parseSeconds, parseText, parseUserId, parseVersion } from './setting-parsers.ts';

/** A setting of the server: a flag, an environment variable, and a key of the configuration file. */
export interface Setting<T> {
  readonly placeholder: string;
  readonly meaning: string;
  /** As a user would write it; absent if the setting has none. */
  readonly default?: string;
  readonly parse: ValueParser<T>;
  /** The only words that it accepts; a list of them if the placeholder is a plural. */
  readonly words?: readonly string[];
}

const certificateModes = ['self-signed', 'files', 'temporary'] as const;
const invalidPodActions = ['deny', 'warn'] as const;
const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** Every setting by its key in the configuration file. The table in docs/configuration.md is tested against it. */
export const settings = {
  port: { placeholder: '<port>', meaning: 'port of the webhook, HTTPS', default: '8443', parse: parsePort },
  healthPort: {
    placeholder: '<port>',
    meaning: 'port of /healthz, /readyz and /metrics, plain HTTP',
    default: '8080',
    parse: parsePort,
  },
  bindAddress: { placeholder: '<address>', meaning: 'address to listen on', parse: parseText },
  tlsCertFile: { placeholder: '<file>', meaning: 'serving certificate, PEM', parse: parseText },
  tlsPrivateKeyFile: { placeholder: '<file>', meaning: 'its private key, PEM', parse: parseText },
  certificateMode: {
    placeholder: '<mode>',
    meaning:
      'self-signed: made and renewed in a Secret of the cluster; files: the two files above; temporary: for localhost',
    parse: oneOf(certificateModes),
    words: certificateModes,
  },
  certificateSecret: {
    placeholder: '<name>',
    meaning: 'self-signed: the Secret',
    default: 'downlink-certificates',
    parse: parseText,
  },
  serviceName: {
    placeholder: '<name>',
    meaning: 'the Service that the certificate is for',
    default: 'downlink',
    parse: parseText,
  },
  webhookConfiguration: {
    placeholder: '<name>',
    meaning: 'self-signed: the MutatingWebhookConfiguration whose caBundle is kept',
    default: 'downlink',
    parse: parseText,
  },
  validatingWebhookConfiguration: {
    placeholder: '<name>',
    meaning: 'self-signed: the ValidatingWebhookConfiguration whose caBundle is kept, too',
    parse: parseText,
  },
  deploymentName: {
    placeholder: '<name>',
    meaning: 'self-signed: the Deployment that owns the Secret',
    parse: parseText,
  },
  namespace: {
    placeholder: '<name>',
    meaning:
      'self-signed: the namespace of all of these; files: where it is set, the certificate must be for SERVICE.NAMESPACE.svc',
    parse: parseText,
  },
  clientCaFile: {
    placeholder: '<file>',
    meaning: 'CA that must have issued the client certificate of each caller, PEM',
    parse: parseText,
  },
  kubernetesVersion: {
    placeholder: '<version>',
    meaning:
      'version of the API server, which decides whether sidecars are native; unknown means that they are not, and a server in a cluster asks for it',
    parse: parseVersion,
  },
  onInvalid: {
    placeholder: '<action>',
    meaning: 'what to do with a pod whose annotations have mistakes: deny or warn',
    default: 'deny',
    parse: oneOf(invalidPodActions),
    words: invalidPodActions,
  },
  shutdownDelay: {
    placeholder: '<seconds>',
    meaning: 'how long to continue to serve after SIGTERM while endpoints drain',
    default: '10',
    parse: parseSeconds,
  },
  logLevel: {
    placeholder: '<level>',
    meaning: 'minimum log level',
    default: 'info',
    parse: oneOf(logLevels),
    words: logLevels,
  },
  ambassadorImage: {
    placeholder: '<image>',
    meaning: 'image of the ambassador',
    default: 'registry.k8s.io/kubectl:v1.36.2',
    parse: ambassadorOptions.image,
  },
  ambassadorPort: {
    placeholder: '<port>',
    meaning: 'default port of the ambassador',
    default: annotationKeys['ambassador-port'].default,
    parse: ambassadorOptions.port,
  },
  ambassadorAccess: {
    placeholder: '<presets>',
    meaning: 'default access of the ambassador',
    default: annotationKeys['ambassador-access'].default,
    parse: ambassadorOptions.access,
    words: accessPresets,
  },
  ambassadorCpu: {
    placeholder: '<quantity>',
    meaning: 'default cpu of the ambassador',
    parse: ambassadorOptions.cpu,
  },
  ambassadorMemory: {
    placeholder: '<quantity>',
    meaning: 'default memory of the ambassador',
    parse: ambassadorOptions.memory,
  },
  ambassadorSidecar: {
    placeholder: '<kind>',
    meaning: 'default kind of the ambassador: auto, native or container',
    default: 'auto',
    parse: ambassadorOptions.sidecar,
    words: sidecarKinds,
  },
  ambassadorRunAsUser: {
    placeholder: '<uid>',
    meaning: 'user ID of the ambassador, or none to leave it to the platform',
    default: '65532',
    parse: parseUserId,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Settings = typeof settings;

export type SettingKey = keyof Settings;

export const settingKeys = Object.keys(settings) as readonly SettingKey[];

/** The value of each setting. One without a default may be undefined. */
export type SettingValues = { readonly [K in SettingKey]: Value<Settings[K]> };

type Value<S extends Setting<unknown>> =
  S extends Setting<infer T> ? (S extends { readonly default: string } ? T : T | undefined) : never;

/** Returns the flag of a setting: `--health-port` for `healthPort`. */
export function flagName(key: SettingKey): string {
  return `--${wordsOf(key).join('-')}`;
}

/** Returns the environment variable of a setting: `DOWNLINK_HEALTH_PORT` for `healthPort`. */
export function environmentName(key: SettingKey): string {
  return `DOWNLINK_${wordsOf(key).join('_').toUpperCase()}`;
}

function wordsOf(key: SettingKey): readonly string[] {
  return key.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}
