import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { eventually } from '../support/eventually.ts';
import { type Api, connectApi } from './api.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { makeCredentials, writeKubeconfig } from './credentials.ts';
import { type Background, freePorts, removeAtExit, startProcess } from './processes.ts';

/** A Kubernetes control plane on the loopback address, without nodes: pods are admitted and stored, but never run. */
export interface ControlPlane {
  readonly version: KubernetesVersion;
  /** The version that the server reports, for example `v1.20.2`. */
  readonly gitVersion: string;
  readonly api: Api;
  /** The path of the kubeconfig of an administrator. */
  readonly kubeconfig: string;
  readonly binaries: Binaries;
  /** Stops only the API server. Everything stays in etcd. */
  readonly stopApiServer: () => Promise<void>;
  /** Starts it again, on the same port. */
  readonly startApiServer: () => Promise<void>;
  /** Stops all programs and removes their files, as happens anyway when this process ends. */
  readonly stop: () => Promise<void>;
}

export interface ControlPlaneOptions {
  /** The port of the API server; any free port by default. */
  readonly port?: number;
  readonly apiServerArgs?: readonly string[];
  /** Does not start the controller manager. */
  readonly withoutControllers?: boolean;
}

/** Starts etcd, the API server and, if available, the controller manager, and waits until they are ready. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const found = await findBinaries();
  const binaries = options.withoutControllers ? { ...found, controllerManager: undefined } : found;
  const folder = await mkdtemp(join(tmpdir(), 'downlink-cluster-'));
  removeAtExit(folder);
  await makeCredentials(folder);
  const [etcdPort = 0, peerPort = 0, freePort = 0] = await freePorts(3);
  const port = options.port ?? freePort;
  const url = `https://127.0.0.1:${port}`;
  const kubeconfig = await writeKubeconfig(folder, 'admin', url);
  const pem = (name: string) => readFile(join(folder, name), 'utf8');
  const api = connectApi(url, { ca: await pem('ca.crt'), cert: await pem('admin.crt'), key: await pem('admin.key') });

  const etcd = startProcess(binaries.etcd, etcdArgs(folder, etcdPort, peerPort), join(folder, 'etcd.log'));
  const startApiServer = async () => {
    const args = apiServerArgs(folder, port, etcdPort, binaries);
    const log = join(folder, 'kube-apiserver.log');
    const started = startProcess(binaries.apiServer, [...args, ...(options.apiServerArgs ?? [])], log);
    await ready(api, [etcd, started]);
    return started;
  };
  let apiServer = await startApiServer();
  const controllerManager = await startControllerManager(folder, url, binaries);
  const { gitVersion } = (await api.request('GET', '/version')).body as { gitVersion: string };

  return {
    version: binaries.version,
    gitVersion,
    api,
    kubeconfig,
    binaries,
    stopApiServer: () => apiServer.stop(),
    startApiServer: async () => {
      apiServer = await startApiServer();
    },
    stop: async () => {
      api.close();
      await controllerManager?.stop();
      await apiServer.stop();
      await etcd.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function ready(api: Api, needed: readonly Background[]): Promise<void> {
  await eventually(async () => {
    for (const { ended } of needed) {
      const end = ended();
      if (end !== undefined) throw new Error(end);
    }
    const answer = await api.request('GET', '/readyz').catch(() => undefined);
    assert.equal(answer?.code, 200, 'the API server is not ready');
  });
}

function etcdArgs(folder: string, port: number, peerPort: number): readonly string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    ['--name', 'test'],
    ['--data-dir', join(folder, 'etcd')],
    ['--listen-client-urls', client],
    ['--advertise-client-urls', client],
    ['--listen-peer-urls', peer],
    ['--initial-advertise-peer-urls', peer],
    ['--initial-cluster', `test=${peer}`],
  ].flat();
}

function apiServerArgs(folder: string, port: number, etcdPort: number, binaries: Binaries): readonly string[] {
  const { version, controllerManager } = binaries;
  // before 1.21 the controller manager creates the Secret of a pod's token; without one the API server issues bound tokens
  const boundTokens = version.minor < 21 && controllerManager === undefined;
  return [
    ['--etcd-servers', `http://127.0.0.1:${etcdPort}`],
    ['--bind-address', '127.0.0.1'],
    ['--advertise-address', '127.0.0.1'],
    ['--secure-port', String(port)],
    ['--endpoint-reconciler-type', 'none'], // it rejects a loopback address
    ['--service-cluster-ip-range', '10.0.0.0/24'],
    ['--authorization-mode', 'RBAC'],
    ['--allow-privileged=true'],
    ['--cert-dir', folder],
    ['--tls-cert-file', join(folder, 'apiserver.crt')],
    ['--tls-private-key-file', join(folder, 'apiserver.key')],
    ['--client-ca-file', join(folder, 'ca.crt')],
    ['--service-account-issuer', 'https://kubernetes.default.svc'],
    ['--service-account-key-file', join(folder, 'sa.key')],
    ['--service-account-signing-key-file', join(folder, 'sa.key')],
    boundTokens ? ['--feature-gates', 'BoundServiceAccountTokenVolume=true,RootCAConfigMap=true'] : [],
  ].flat();
}

async function startControllerManager(
  folder: string,
  url: string,
  { controllerManager, version }: Binaries,
): Promise<Background | undefined> {
  if (controllerManager === undefined) return undefined;
  const args = [
    ['--kubeconfig', await writeKubeconfig(folder, 'controller-manager', url)],
    ['--leader-elect=false'],
    ['--secure-port', '0'],
    version.minor < 24 ? ['--port', '0'] : [], // the port without TLS
    ['--use-service-account-credentials'],
    ['--root-ca-file', join(folder, 'ca.crt')],
    ['--service-account-private-key-file', join(folder, 'sa.key')],
    ['--cluster-signing-cert-file', join(folder, 'ca.crt')],
    ['--cluster-signing-key-file', join(folder, 'ca.key')],
  ].flat();
  return startProcess(controllerManager, args, join(folder, 'kube-controller-manager.log'));
}
