import { type Config, parseConfig } from '../config/config.ts';
import type { SettingsFile } from '../config/setting-sources.ts';
import { flagName, settingKeys } from '../config/settings.ts';
import { listAt, objectAt, valueAt } from '../json/json-value.ts';
import type { ServiceReference } from './registered-webhook.ts';

/** The webhook that runs in a cluster, as its Deployment describes it. */
export interface RunningWebhook {
  readonly deployment: string;
  /** From the label that the chart sets; undefined if it is missing. */
  readonly version: string | undefined;
  /** Undefined if its arguments are not valid settings. */
  readonly config: Config | undefined;
  /** Whether `config` contains its profiles: it has no settings file, or its file could be read. */
  readonly profilesAreKnown: boolean;
  /** The Secret with its serving certificate; undefined if the Deployment does not show it. */
  readonly certificateSecret: string | undefined;
}

/** Returns how to find out why the webhook does not maintain its certificate or caBundle. */
export function checkWebhookLog({ namespace, name }: ServiceReference, running: RunningWebhook | undefined): string {
  return `the webhook maintains it itself; check its log: kubectl -n ${namespace} logs deployment/${running?.deployment ?? name}`;
}

/** Returns the Deployment whose pods the Service selects. */
export function deploymentOfService(deployments: readonly unknown[], service: unknown): unknown {
  const selector = Object.entries(objectAt(service, ['spec', 'selector']));
  if (selector.length === 0) return undefined;
  return deployments.find((deployment) => {
    const labels = objectAt(deployment, ['spec', 'template', 'metadata', 'labels']);
    return selector.every(([key, value]) => labels[key] === value);
  });
}

/** The sources of a webhook's settings, from its Deployment. */
export interface WebhookSettings {
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether `--config` or its environment variable is set. */
  readonly hasFile: boolean;
  /** The key of the ConfigMap that is mounted at the path of `--config`; undefined without one. */
  readonly file: { readonly configMap: string; readonly key: string } | undefined;
}

/** Returns the sources of the settings in a Deployment. */
export function webhookSettings(deployment: unknown): WebhookSettings {
  const spec = valueAt(deployment, ['spec', 'template', 'spec']);
  const containers = listAt(spec, ['containers']);
  const container = containers.find((one) => listAt(one, ['args']).includes('serve')) ?? containers[0];
  const args = listAt(container, ['args']).map(String);
  const namespace = valueAt(deployment, ['metadata', 'namespace']);
  const environment = { DOWNLINK_NAMESPACE: String(namespace), ...environmentOf(container) };
  const at = args.findIndex((argument) => /^--config(?:=|$)/.test(argument));
  const config = args[at]?.includes('=') ? args[at]?.slice('--config='.length) : args[at + 1];
  const file = at < 0 ? (environment as Readonly<Record<string, string>>)['DOWNLINK_CONFIG'] : config;
  return { flags: flagsOf(args), environment, hasFile: file !== undefined, file: mountedConfig(spec, file) };
}

/** Returns the webhook that a Deployment runs; `file` is its settings file, undefined if it has none or it cannot be read. */
export function runningWebhook(deployment: unknown, file: SettingsFile | undefined): RunningWebhook {
  const spec = valueAt(deployment, ['spec', 'template', 'spec']);
  const { flags, environment, hasFile } = webhookSettings(deployment);
  const parsed = parseConfig({ flags, environment, file });
  const version = valueAt(deployment, ['metadata', 'labels', 'app.kubernetes.io/version']);
  const known = parsed.kind === 'valid' ? parsed.config : undefined;
  return {
    deployment: String(valueAt(deployment, ['metadata', 'name'])),
    version: typeof version === 'string' ? version : undefined,
    config: known,
    profilesAreKnown: known !== undefined && (!hasFile || file !== undefined),
    certificateSecret:
      known?.certificateMode === 'self-signed' ? known.certificateSecret : mountedSecret(spec, known?.tlsCertFile),
  };
}

/** Returns the values of `--name=value` and `--name value` by the keys of the settings. */
function flagsOf(args: readonly string[]): Readonly<Record<string, string>> {
  const keys = new Map(settingKeys.map((key) => [flagName(key), key]));
  const flags: Record<string, string> = {};
  for (const [index, argument] of args.entries()) {
    const [name = '', ...value] = argument.split('=');
    const key = keys.get(name);
    if (key !== undefined) flags[key] = argument.includes('=') ? value.join('=') : (args[index + 1] ?? '');
  }
  return flags;
}

function environmentOf(container: unknown): Readonly<Record<string, string>> {
  const variables = listAt(container, ['env']).flatMap((variable) => {
    const value = valueAt(variable, ['value']);
    return typeof value === 'string' ? [[String(valueAt(variable, ['name'])), value] as const] : [];
  });
  return Object.fromEntries(variables);
}

/** Returns the Secret that is mounted at the path of the certificate file. */
function mountedSecret(spec: unknown, file: string | undefined): string | undefined {
  const secret = valueAt(mountOf(spec, file).volume, ['secret', 'secretName']);
  return typeof secret === 'string' ? secret : undefined;
}

/** Returns the ConfigMap that is mounted at the path of the settings file, and the file's key. */
function mountedConfig(spec: unknown, file: string | undefined): WebhookSettings['file'] {
  const { volume, path } = mountOf(spec, file);
  const configMap = valueAt(volume, ['configMap', 'name']);
  if (typeof configMap !== 'string' || path === undefined) return undefined;
  const item = listAt(volume, ['configMap', 'items']).find((one) => valueAt(one, ['path']) === path);
  return { configMap, key: String(valueAt(item, ['key']) ?? path) };
}

/** Returns the volume that contains a file, and the file's path in it. */
function mountOf(spec: unknown, file: string | undefined): { volume: unknown; path: string | undefined } {
  const mounts = listAt(spec, ['containers']).flatMap((one) => listAt(one, ['volumeMounts']));
  const mount = mounts.find((one) => isBelow(file, String(valueAt(one, ['mountPath']))));
  if (mount === undefined || file === undefined) return { volume: undefined, path: undefined };
  const volume = listAt(spec, ['volumes']).find((one) => valueAt(one, ['name']) === valueAt(mount, ['name']));
  const subPath = valueAt(mount, ['subPath']);
  const path = file.slice(String(valueAt(mount, ['mountPath'])).length + 1);
  return { volume, path: typeof subPath === 'string' && path === '' ? subPath : path };
}

function isBelow(file: string | undefined, mountPath: string): boolean {
  return file === mountPath || file?.startsWith(`${mountPath}/`) === true;
}
