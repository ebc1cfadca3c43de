import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../cluster/processes.ts';
import { type ApiAnswer, startApiServer } from '../../support/fake-api-server.ts';
import { type ServerProcess, startProcess } from '../server-process.ts';
import { cachedFolder } from './cached-folder.ts';

const source = join(import.meta.dirname, 'pepr');

/** Returns the version of Pepr that package.json requires. */
export async function peprVersion(): Promise<string> {
  return JSON.parse(await readFile(join(source, 'package.json'), 'utf8')).dependencies.pepr;
}

/** Installs Pepr with npm unless it is in the cache, and returns its folder, with our capability in it. */
async function installPepr(): Promise<string> {
  const files = ['.npmrc', 'package.json'];
  const paths = files.map((file) => join(source, file));
  const folder = await cachedFolder('bench-pepr', paths, async (unfinished) => {
    process.stderr.write('installing Pepr: this takes a minute, once\n');
    for (const file of files) await cp(join(source, file), join(unfinished, file));
    await promisify(execFile)('npm', ['install', '--ignore-scripts'], { cwd: unfinished });
  });
  for (const file of ['serve.ts', 'inject.ts']) await cp(join(source, file), join(folder, file));
  return folder;
}

/**
 * Starts Pepr's own server, which a cluster runs in the same way. It wants an API server with its store, and gets one on the
 * loopback address that has nothing else. `certificates` is a folder with the certificate of the server, its key, and the CA.
 */
export async function startPepr(certificates: string, ambassadorFile: string): Promise<ServerProcess> {
  const folder = await installPepr();
  const api = await startApiServer(answerWithStore);
  const kubeconfig = join(certificates, 'kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(api.url)));
  const [port = 0] = await freePorts(1);
  const files = ['tls.crt', 'ca.crt', 'tls.key'].map((file) => join(certificates, file));
  const args = [join(folder, 'serve.ts'), ...files, ambassadorFile, String(port)];
  try {
    const server = await startProcess(args, { env: { KUBECONFIG: kubeconfig, NODE_ENV: 'production' } });
    return { ...server, stop: () => server.stop().finally(api.close) };
  } catch (error) {
    await api.close();
    throw error;
  }
}

/** Answers each request with Pepr's store, which is empty. A watch stays open without events. */
function answerWithStore(url: string): ApiAnswer | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (searchParams.has('watch')) return undefined;
  const isList = pathname.endsWith('/peprstores');
  const name = isList ? searchParams.get('fieldSelector')?.replace('metadata.name=', '') : pathname.split('/').at(-1);
  const metadata = { name, namespace: 'pepr-system', uid: name, resourceVersion: '1', labels: {} };
  const store = { apiVersion: 'pepr.dev/v1', kind: 'PeprStore', metadata, data: {} };
  const list = { apiVersion: 'pepr.dev/v1', kind: 'PeprStoreList', metadata: { resourceVersion: '1' }, items: [store] };
  return { code: 200, body: isList ? list : store };
}

/** Pepr's client accepts an address without TLS only if it need not verify a certificate. */
function kubeconfigOf(server: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'bench', user: {} }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  };
}
