import { oneOf } from '../annotations/parsed-value.ts';
import { ambassadorSettings } from './ambassador-settings.ts';
import type { Setting } from './setting.ts';
import { parseClusterName, parsePort, parseSeconds, parseText, parseVersion } from './setting-parsers.ts';

const certificateModes = ['self-signed', 'files', 'temporary'] as const;
const invalidPodActions = ['deny', 'warn'] as const;
const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** Every setting by its key in the configuration file. A test compares the table in docs/configuration.md with these. */
export const settings = {
  port: { placeholder: '<port>', meaning: 'HTTPS port of the webhook', default: '8443', parse: parsePort },
  healthPort: {
    placeholder: '<port>',
    meaning: 'HTTP port of /healthz, /readyz, and /metrics',
    default: '8080',
    parse: parsePort,
  },
  bindAddress: { placeholder: '<address>', meaning: 'address to listen on', parse: parseText },
  tlsCertFile: { placeholder: '<file>', meaning: 'serving certificate, PEM', parse: parseText },
  tlsPrivateKeyFile: {
    placeholder: '<file>',
    meaning: 'private key of the serving certificate, PEM',
    parse: parseText,
  },
  certificateMode: {
    placeholder: '<mode>',
    meaning:
      'self-signed: issued, stored in a Secret, and renewed; files: the two files above; temporary: for localhost',
    parse: oneOf(certificateModes),
    words: certificateModes,
  },
  certificateSecret: {
    placeholder: '<name>',
    meaning: 'self-signed: name of the Secret',
    default: 'downlink-certificates',
    parse: parseText,
  },
  serviceName: {
    placeholder: '<name>',
    meaning: 'Service that the certificate is issued for',
    default: 'downlink',
    parse: parseText,
  },
  webhookConfiguration: {
    placeholder: '<name>',
    meaning: 'self-signed: MutatingWebhookConfiguration whose caBundle is kept up to date',
    default: 'downlink',
    parse: parseText,
  },
  validatingWebhookConfiguration: {
    placeholder: '<name>',
    meaning: 'self-signed: ValidatingWebhookConfiguration whose caBundle is kept up to date',
    parse: parseText,
  },
  deploymentName: {
    placeholder: '<name>',
    meaning: 'self-signed: Deployment that owns the Secret',
    parse: parseText,
  },
  namespace: {
    placeholder: '<name>',
    meaning:
      'self-signed: namespace of the Secret, Service, and Deployment; files: if set, the certificate must be for SERVICE.NAMESPACE.svc',
    parse: parseText,
  },
  clientCaFile: {
    placeholder: '<file>',
    meaning: 'CA that must have issued the client certificates of callers, PEM',
    parse: parseText,
  },
  kubernetesVersion: {
    placeholder: '<version>',
    meaning:
      'version of the API server, which decides whether the ambassador is a native sidecar; a server in a cluster detects it',
    parse: parseVersion,
  },
  onInvalid: {
    placeholder: '<action>',
    meaning: 'action for a pod with invalid annotations: deny, or warn and leave the pod unchanged',
    default: 'deny',
    parse: oneOf(invalidPodActions),
    words: invalidPodActions,
  },
  clusterName: {
    placeholder: '<name>',
    meaning: 'name of the cluster, for the source cluster.name and the attribute k8s.cluster.name',
    parse: parseClusterName,
  },
  shutdownDelay: {
    placeholder: '<seconds>',
    meaning: 'how long to keep serving after SIGTERM, while endpoints drain',
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
  ...ambassadorSettings,
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
