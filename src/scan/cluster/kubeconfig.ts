import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { listNames, messageOf, quote } from '../../diagnostics/text.ts';

/** Why a cluster cannot be accessed, as a sentence for the user. */
export class AccessError extends Error {
  override name = 'AccessError';
}

/** The user's choice of cluster. */
export interface KubeconfigOptions {
  /** A file to use instead of those in KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const podToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Loads the cluster and user that kubectl would use. The official client, an optional dependency of 65 MiB, is loaded
 * only here. The files in KUBECONFIG are merged as in kubectl: the first file that defines a name wins. Without any
 * file, a pod uses its service account. Throws an AccessError.
 */
export async function loadKubeconfig(options: KubeconfigOptions, environment: Environment): Promise<KubeConfig> {
  const { config, files } = await readAll(options, environment);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  checkContext(config, files);
  return withDefaults(config);
}

/** Returns the names of all contexts, even if none of them is the current context. Throws an AccessError. */
export async function contextNames(options: KubeconfigOptions, environment: Environment): Promise<readonly string[]> {
  const { config } = await readAll(options, environment);
  return config.contexts.map(({ name }) => name);
}

async function readAll({ kubeconfig }: KubeconfigOptions, environment: Environment) {
  const client = await loadClient();
  const config = new client.KubeConfig();
  const files = kubeconfigFiles(kubeconfig, environment);
  if (files.length === 0) {
    if (!existsSync(podToken)) throw new AccessError(noKubeconfig(environment));
    config.loadFromCluster();
  }
  for (const file of files) mergeMissing(config, readFile(new client.KubeConfig(), file));
  return { config, files };
}

const required = { major: 22, minor: 19 }; // the Node.js version that undici 8, the client's HTTP library, requires

async function loadClient(): Promise<typeof import('@kubernetes/client-node')> {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major < required.major || (major === required.major && minor < required.minor))
    throw new AccessError(
      `reading a cluster requires Node.js ${required.major}.${required.minor} or later, and this is ${node}`,
    );
  try {
    return await import('@kubernetes/client-node');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new AccessError(
      'scan and --cluster require the package @kubernetes/client-node, which is optional and not in the image; run npm install @kubernetes/client-node',
    );
  }
}

/** Returns the files that exist; the file of --kubeconfig must exist. */
function kubeconfigFiles(named: string | undefined, environment: Environment): readonly string[] {
  if (named !== undefined) return [named];
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return (listed.length > 0 ? listed : [defaultFile(environment)]).filter((file) => existsSync(file));
}

function defaultFile({ HOME }: Environment): string {
  return join(HOME ?? homedir(), '.kube', 'config');
}

function noKubeconfig(environment: Environment): string {
  const { KUBECONFIG } = environment;
  const reason = KUBECONFIG
    ? `KUBECONFIG is ${KUBECONFIG}, which does not exist`
    : `KUBECONFIG is not set and there is no ${defaultFile(environment)}`;
  return `no kubeconfig: ${reason}; select one with --kubeconfig <file>`;
}

function readFile(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    const [reason] = messageOf(error).split('\n');
    throw new AccessError(`cannot read the kubeconfig ${file}: ${reason}; select another one with --kubeconfig <file>`);
  }
}

/** Adds the entries whose names the first configuration lacks. */
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
    throw new AccessError(`no current context in ${where}; ${known}; select one with --context`);
  const name = quote(config.currentContext);
  if (config.contexts.every(({ name: one }) => one !== config.currentContext))
    throw new AccessError(`no context ${name} in ${where}; ${known}`);
  if (config.getCurrentCluster() === null)
    throw new AccessError(`the context ${name} in ${where} refers to a cluster that does not exist`);
  if (config.getCurrentUser() === null)
    throw new AccessError(`the context ${name} in ${where} refers to a user that does not exist`);
}

/** Adds what the client lacks: plain HTTP, as for kubectl proxy, and the input of credential plugins. */
function withDefaults(config: KubeConfig): KubeConfig {
  const exec = config.getCurrentUser()?.exec;
  const variable = 'KUBERNETES_EXEC_INFO';
  if (exec && !(exec.env ?? []).some(({ name }: { name: string }) => name === variable)) {
    const value = JSON.stringify({
      apiVersion: exec.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
    exec.env = [...(exec.env ?? []), { name: variable, value }];
  }
  const clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return Object.assign(config, { clusters });
}
