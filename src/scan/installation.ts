import { type Config, parseConfig } from '../config/config.ts';
import { flagName, settingKeys } from '../config/settings.ts';
import { listAt, objectAt, valueAt } from '../json/json-value.ts';
import type { ServiceReference } from './registered-webhook.ts';

/** What runs behind the webhook's Service, as far as its Deployment tells. */
export interface RunningWebhook {
  readonly deployment: string;
  /** Its version by the label that the chart sets; undefined without. */
  readonly version: string | undefined;
  /** Its settings; undefined where its arguments are none of ours. */
  readonly config: Config | undefined;
  /** The Secret with its serving certificate; undefined where that cannot be seen. */
  readonly certificateSecret: string | undefined;
}

/** How to see what keeps a webhook from keeping its certificates itself. */
export function seeItsLog({ namespace, name }: ServiceReference, running: RunningWebhook | undefined): string {
  return `the webhook keeps it itself; its log says what is in the way: kubectl -n ${namespace} logs deployment/${running?.deployment ?? name}`;
}

/** The Deployment among these whose pods the Service selects. */
export function deploymentBehind(deployments: readonly unknown[], service: unknown): unknown {
  const selector = Object.entries(objectAt(service, ['spec', 'selector']));
  if (selector.length === 0) return undefined;
  return deployments.find((deployment) => {
    const labels = objectAt(deployment, ['spec', 'template', 'metadata', 'labels']);
    return selector.every(([key, value]) => labels[key] === value);
  });
}

/** Where a webhook has its settings from, as its Deployment says. */
export interface WebhookSettings {
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** The key of a ConfigMap that is mounted where `--config` points; undefined without. */
  readonly file: { readonly configMap: string; readonly key: string } | undefined;
}

/** Returns where the webhook of a Deployment has its settings from. */
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
  return { flags: flagsOf(args), environment, file: mountedConfig(spec, file) };
}

/** Reads the Deployment of a webhook. */
export function runningWebhook(deployment: unknown): RunningWebhook {
  const spec = valueAt(deployment, ['spec', 'template', 'spec']);
  const { flags, environment } = webhookSettings(deployment);
  const parsed = parseConfig({ flags, environment, file: undefined });
  const version = valueAt(deployment, ['metadata', 'labels', 'app.kubernetes.io/version']);
  const known = parsed.kind === 'valid' ? parsed.config : undefined;
  return {
    deployment: String(valueAt(deployment, ['metadata', 'name'])),
    version: typeof version === 'string' ? version : undefined,
    config: known,
    certificateSecret:
      known?.certificateMode === 'self-signed' ? known.certificateSecret : mountedSecret(spec, known?.tlsCertFile),
  };
}

/** `--name=value` and `--name value` of known settings, by the settings' keys. */
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

/** The Secret that is mounted where the certificate file is. */
function mountedSecret(spec: unknown, file: string | undefined): string | undefined {
  const secret = valueAt(mountOf(spec, file).volume, ['secret', 'secretName']);
  return typeof secret === 'string' ? secret : undefined;
}

/** The ConfigMap that is mounted where the settings file is, and the key that the file is of. */
function mountedConfig(spec: unknown, file: string | undefined): WebhookSettings['file'] {
  const { volume, path } = mountOf(spec, file);
  const configMap = valueAt(volume, ['configMap', 'name']);
  if (typeof configMap !== 'string' || path === undefined) return undefined;
  const item = listAt(volume, ['configMap', 'items']).find((one) => valueAt(one, ['path']) === path);
  return { configMap, key: String(valueAt(item, ['key']) ?? path) };
}

/** The volume that holds a file, and the file's path in it. */
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
