import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { listNames, messageOf, quote } from '../../diagnostics/text.ts';

/** Why there is no access to a cluster, in a sentence for the user. */
export class AccessError extends Error {
  override name = 'AccessError';
}

export interface KubeconfigOptions {
  /** Names a file in place of what KUBECONFIG lists. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

const podToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The cluster and user that kubectl would take, by the official client, which is loaded here and only here: it is an
 * optional dependency of 65 MiB. Files of KUBECONFIG are merged as kubectl does, the first that has a name wins; without
 * any file, in a pod, it is the pod's service account. Throws an AccessError.
 */
export async function loadKubeconfig(options: KubeconfigOptions, environment: Environment): Promise<KubeConfig> {
  const { config, files } = await readAll(options, environment);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  checkContext(config, files);
  return prepared(config);
}

/** The names of all contexts, whether one of them is the current one or not. Throws an AccessError. */
export async function contextNames(options: KubeconfigOptions, environment: Environment): Promise<readonly string[]> {
  const { config } = await readAll(options, environment);
  return config.contexts.map(({ name }) => name);
}

type Environment = Readonly<Record<string, string | undefined>>;

async function readAll({ kubeconfig }: KubeconfigOptions, environment: Environment) {
  const client = await loadClient();
  const config = new client.KubeConfig();
  const files = kubeconfigFiles(kubeconfig, environment);
  if (files.length === 0) {
    if (!existsSync(podToken)) throw new AccessError(noKubeconfig(environment));
    config.loadFromCluster();
  }
  for (const file of files) mergeMissing(config, read(new client.KubeConfig(), file));
  return { config, files };
}

const needed = { major: 22, minor: 19 }; // Node.js of undici 8, by which the client asks

async function loadClient(): Promise<typeof import('@kubernetes/client-node')> {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major < needed.major || (major === needed.major && minor < needed.minor))
    throw new AccessError(
      `to read a cluster takes Node.js ${needed.major}.${needed.minor} or later, and this is ${node}`,
    );
  try {
    return await import('@kubernetes/client-node');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new AccessError(
      'the package @kubernetes/client-node is not installed, which only scan and --cluster need and the image leaves out; npm install @kubernetes/client-node brings it',
    );
  }
}

/** The files that there are; one that --kubeconfig names must be there. */
function kubeconfigFiles(
  named: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (named !== undefined) return [named];
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return (listed.length > 0 ? listed : [defaultFile()]).filter((file) => existsSync(file));
}

function defaultFile(): string {
  return join(homedir(), '.kube', 'config');
}

function noKubeconfig({ KUBECONFIG }: Readonly<Record<string, string | undefined>>): string {
  const looked = KUBECONFIG
    ? `KUBECONFIG names ${KUBECONFIG}`
    : `KUBECONFIG is not set and there is no ${defaultFile()}`;
  const missing = KUBECONFIG ? `${looked}, where nothing is` : looked;
  return `no kubeconfig: ${missing}; name one with --kubeconfig <file>`;
}

function read(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    throw new AccessError(`cannot read the kubeconfig ${file}: ${reason}; name another one with --kubeconfig <file>`);
  }
}

/** Adds what the first does not have; its entries are public lists. */
function mergeMissing(config: KubeConfig, other: KubeConfig): void {
  for (const list of ['clusters', 'users', 'contexts'] as const) {
    const names = new Set((config[list] as { name: string }[]).map(({ name }) => name));
    const added = (other[list] as { name: string }[]).filter(({ name }) => !names.has(name));
    Object.assign(config, { [list]: [...config[list], ...added] });
  }
  if (!config.currentContext) config.setCurrentContext(other.currentContext);
}

function checkContext(config: KubeConfig, files: readonly string[]): void {
  const where = files.length === 0 ? 'the pod' : files.join(', ');
  const known =
    config.contexts.length === 0 ? 'it has none' : `it has ${listNames(config.contexts.map(({ name }) => name))}`;
  if (!config.currentContext)
    throw new AccessError(`no current context in ${where}; name one with --context, ${known}`);
  const name = quote(config.currentContext);
  if (config.contexts.every(({ name: one }) => one !== config.currentContext))
    throw new AccessError(`no context ${name} in ${where}; ${known}`);
  if (config.getCurrentCluster() === null)
    throw new AccessError(`the context ${name} in ${where} names a cluster that is not there`);
  if (config.getCurrentUser() === null)
    throw new AccessError(`the context ${name} in ${where} names a user that is not there`);
}

/** What the client leaves out: plain HTTP, as of kubectl proxy, and what credential plugins are told. */
function prepared(config: KubeConfig): KubeConfig {
  const exec = config.getCurrentUser()?.exec;
  const information = 'KUBERNETES_EXEC_INFO';
  if (exec && !(exec.env ?? []).some(({ name }: { name: string }) => name === information)) {
    const value = JSON.stringify({
      apiVersion: exec.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
    exec.env = [...(exec.env ?? []), { name: information, value }];
  }
  const clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return Object.assign(config, { clusters });
}
