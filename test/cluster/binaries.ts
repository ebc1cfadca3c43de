import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type KubernetesVersion, parseKubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { buildPrograms, controlPlane, releaseOf } from '../kubernetes/build.ts';

/** The paths of the programs of a control plane. */
export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  /** Undefined in the folders of envtest, which contain etcd, kube-apiserver and kubectl. */
  readonly controllerManager: string | undefined;
  readonly kubectl: string | undefined;
  readonly version: KubernetesVersion;
}

/**
 * Returns the programs to test with.
 *
 * | KUBEBUILDER_ASSETS | KUBERNETES_RELEASE       | source                                                                  |
 * | set                | any                      | the folder, as `setup-envtest` creates it, or PATH for etcd and kubectl |
 * | not set            | newest, previous, oldest | the cache of test/kubernetes/build.ts; `newest` is the default          |
 */
export async function findBinaries(): Promise<Binaries> {
  const folder = process.env['KUBEBUILDER_ASSETS'] || (await buildPrograms(releaseOf(process.env), controlPlane));
  const apiServer = join(folder, 'kube-apiserver');
  if (!existsSync(apiServer)) {
    throw new Error(`KUBEBUILDER_ASSETS is ${folder}, which contains no kube-apiserver; see setup-envtest`);
  }
  const etcd = existing(join(folder, 'etcd')) ?? onPath('etcd');
  if (etcd === undefined)
    throw new Error(`no etcd in ${folder} and none on PATH; on Debian run apt-get install etcd-server`);
  return {
    etcd,
    apiServer,
    controllerManager: existing(join(folder, 'kube-controller-manager')),
    kubectl: existing(join(folder, 'kubectl')) ?? onPath('kubectl'),
    version: versionOf(apiServer),
  };
}

function versionOf(apiServer: string): KubernetesVersion {
  const text = execFileSync(apiServer, ['--version'], { encoding: 'utf8' }); // Kubernetes v1.36.2
  const version = parseKubernetesVersion(text.replace('Kubernetes ', ''));
  if (version === undefined) throw new Error(`${apiServer} --version prints ${JSON.stringify(text)}`);
  return version;
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}
