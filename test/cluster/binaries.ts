import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type KubernetesVersion, parseKubernetesVersion } from '../../src/kubernetes/version.ts';

/** Paths of the programs that make a control plane. */
export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  /** Absent from envtest's folders, which hold etcd, kube-apiserver and kubectl. */
  readonly controllerManager: string | undefined;
  readonly kubectl: string | undefined;
  readonly version: KubernetesVersion;
}

/**
 * The programs to test with.
 *
 * | KUBEBUILDER_ASSETS | taken from                                                                |
 * | set                | that folder, as `setup-envtest` makes it; etcd and kubectl else from PATH |
 * | not set            | the cache that build-kubernetes.sh fills, on Debian 12                    |
 */
export function findBinaries(): Binaries {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const folder = assets || buildKubernetes();
  const apiServer = join(folder, 'kube-apiserver');
  if (!existsSync(apiServer)) {
    throw new Error(`KUBEBUILDER_ASSETS is ${folder}, where there is no kube-apiserver; see setup-envtest`);
  }
  const etcd = existing(join(folder, 'etcd')) ?? onPath('etcd');
  if (etcd === undefined) throw new Error(`no etcd in ${folder} and none on PATH`);
  return {
    etcd,
    apiServer,
    controllerManager: existing(join(folder, 'kube-controller-manager')),
    kubectl: existing(join(folder, 'kubectl')) ?? onPath('kubectl'),
    version: versionOf(apiServer),
  };
}

/** Fills the cache where it is empty, which takes minutes and says so on standard error, and returns its folder. */
function buildKubernetes(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'downlink', 'kubernetes-1.20');
  const script = join(import.meta.dirname, 'build-kubernetes.sh');
  execFileSync('bash', [script, folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  return folder;
}

function versionOf(apiServer: string): KubernetesVersion {
  const text = execFileSync(apiServer, ['--version'], { encoding: 'utf8' }); // Kubernetes v1.36.2
  const version = parseKubernetesVersion(text.replace('Kubernetes ', ''));
  if (version === undefined) throw new Error(`${apiServer} --version says ${JSON.stringify(text)}`);
  return version;
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}
