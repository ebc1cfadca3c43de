import { type Config, parseConfig } from '../config.ts';
import { listAt, objectAt, valueAt } from '../json-value.ts';
import { flagName, type SettingKey, settings } from '../settings.ts';
import type { ServiceReference } from './webhook.ts';

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

/** Reads the Deployment of a webhook. */
export function runningWebhook(deployment: unknown): RunningWebhook {
  const spec = valueAt(deployment, ['spec', 'template', 'spec']);
  const containers = listAt(spec, ['containers']);
  const container = containers.find((one) => listAt(one, ['args']).includes('serve')) ?? containers[0];
  const flags = flagsOf(listAt(container, ['args']).map(String));
  const namespace = valueAt(deployment, ['metadata', 'namespace']);
  const environment = { DOWNLINK_NAMESPACE: String(namespace), ...environmentOf(container) };
  const config = parseConfig({ flags, environment, file: undefined });
  const version = valueAt(deployment, ['metadata', 'labels', 'app.kubernetes.io/version']);
  const known = 'errors' in config ? undefined : config;
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
  const keys = new Map((Object.keys(settings) as SettingKey[]).map((key) => [flagName(settings[key]), key]));
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
  const mounts = listAt(spec, ['containers']).flatMap((one) => listAt(one, ['volumeMounts']));
  const mount = mounts.find((one) => file?.startsWith(`${valueAt(one, ['mountPath'])}/`));
  const volume = listAt(spec, ['volumes']).find(
    (one) => mount !== undefined && valueAt(one, ['name']) === valueAt(mount, ['name']),
  );
  const secret = valueAt(volume, ['secret', 'secretName']);
  return typeof secret === 'string' ? secret : undefined;
}
