import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { cacheFolder } from '../support/cache-folder.ts';

// node test/kubernetes/build.ts RELEASE [NAME...]
//
// Builds programs of Kubernetes, or the controllers of cert-manager, for the cluster tests, and prints their folder. Programs in
// the cache folder are not built again.
//
//   newest        the k8s.io/kubernetes module that go.mod requires
//   previous      the k8s.io/kubernetes module that previous.mod requires
//   oldest        Kubernetes 1.20 from the source package of Debian: see build-oldest.sh
//   cert-manager  the module in cert-manager/
//
// NAME is a program, for example kubelet; by default the programs of a control plane. Needs Go. `oldest` needs Debian 12, and
// installs missing packages. The cache folder is $XDG_CACHE_HOME/downlink, by default ~/.cache/downlink.

const releases = ['newest', 'previous', 'oldest', 'cert-manager'] as const;
export type Release = (typeof releases)[number];

/** Returns the release in the environment variable KUBERNETES_RELEASE, by default the newest. */
export function releaseOf(environment: Readonly<Record<string, string | undefined>>): Release {
  return parseRelease(environment['KUBERNETES_RELEASE'] || 'newest');
}

function parseRelease(text: string | undefined): Release {
  const known = releases.find((one) => one === text);
  if (known === undefined) throw new Error(`the release must be one of ${releases.join(', ')}, not ${text}`);
  return known;
}

export const controlPlane: readonly string[] = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];
/** The additional programs of a node that runs pods. */
export const node: readonly string[] = ['kube-scheduler', 'kubelet'];

const here = import.meta.dirname;

/** Builds the missing programs of a release, and returns their folder. */
export async function buildPrograms(release: Release, names: readonly string[]): Promise<string> {
  switch (release) {
    case 'newest':
      return buildRequired('k8s.io/kubernetes', { folder: here, file: 'go.mod' }, names);
    case 'previous':
      return buildRequired('k8s.io/kubernetes', { folder: here, file: 'previous.mod' }, names);
    case 'cert-manager':
      return buildCertManager({ folder: join(here, 'cert-manager'), file: 'go.mod' });
    case 'oldest':
      return buildOldest(names);
    default:
      return release satisfies never;
  }
}

/** The package of Kubernetes 1.20 has no kubectl; the tests use a newer one. */
async function buildOldest(names: readonly string[]): Promise<string> {
  const folder = join(cacheFolder, 'kubernetes-1.20');
  await run('bash', [join(here, 'build-oldest.sh'), folder, ...names.filter((name) => name !== 'kubectl')]);
  return folder;
}

/** Builds the program and copies its CustomResourceDefinitions to the folder `crds`. */
async function buildCertManager(module: TestModule): Promise<string> {
  const target = await buildRequired(certManager, module, ['cert-manager']);
  const crds = join(target, 'crds');
  if (!existsSync(crds)) {
    const args = ['list', '-m', '-f', '{{.Dir}}', certManager];
    const { stdout } = await promisify(execFile)('go', args, { cwd: module.folder });
    await cp(join(stdout.trim(), 'deploy', 'crds'), crds, { recursive: true });
  }
  return target;
}

const certManager = 'github.com/cert-manager/cert-manager';

/** A Go module of this repository: its folder, and its go.mod or the file to use instead. */
interface TestModule {
  readonly folder: string;
  readonly file: string;
}

/** Builds programs of another module, in the version that this one requires. */
async function buildRequired(path: string, module: TestModule, names: readonly string[]): Promise<string> {
  const requirements = await readFile(join(module.folder, module.file), 'utf8');
  const line = requirements.split('\n').find((one) => one.replace('require', '').trim().startsWith(`${path} v`));
  const version = line
    ?.trim()
    .split(' ')
    .find((word) => word.startsWith('v'));
  if (version === undefined) throw new Error(`${module.file} does not require ${path}`);
  const key = await digestOf(module);
  const target = join(cacheFolder, `${path.slice(path.lastIndexOf('/') + 1)}-${version}-${key}`);
  await mkdir(target, { recursive: true });
  for (const program of names) {
    if (existsSync(join(target, program))) continue;
    const unfinished = join(target, `.${program}-${process.pid}`); // renamed when complete
    const source = path === certManager ? '.' : `${path}/cmd/${program}`;
    const args = [
      'build',
      `-modfile=${module.file}`,
      '-trimpath',
      `-ldflags=${linkerFlags(version)}`,
      '-o',
      unfinished,
    ];
    await withProgress(`building ${program} ${version}`, run('go', [...args, source], module.folder));
    await rename(unfinished, join(target, program));
  }
  return target;
}

/** Returns twelve hexadecimal digits that change with the required modules, their checksums, and the Go source next to them. */
async function digestOf({ folder, file }: TestModule): Promise<string> {
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.go')).toSorted();
  const hash = createHash('sha256');
  for (const name of [file, file.replace(/mod$/, 'sum'), ...sources]) hash.update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}

/** Returns the linker flags with which the build of Kubernetes sets the version of its programs. */
function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const set = packages.flatMap((one) => Object.entries(values).map(([name, value]) => `-X ${one}.${name}=${value}`));
  return ['-s', '-w', ...set].join(' ');
}

async function run(program: string, args: readonly string[], folder: string = here): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0' };
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', process.stderr, process.stderr] });
  const [code] = await once(child, 'exit').catch((error: Error) => {
    throw new Error(
      `cannot run ${program}: ${error.message}; install Go, or set KUBEBUILDER_ASSETS to a folder of programs`,
    );
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${code}`);
}

/** Reports on standard error that work takes minutes, and that it is still running. */
async function withProgress(what: string, work: Promise<void>): Promise<void> {
  const began = performance.now();
  const report = (state: string) => console.error(`${what}: ${state}`);
  const minutes = () => Math.round((performance.now() - began) / 60_000);
  report('this takes minutes, once');
  const timer = setInterval(() => report(`${minutes()} min`), 60_000);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
  report(`done after ${Math.round((performance.now() - began) / 1000)} s`);
}

if (import.meta.main) {
  const [release, ...names] = parseArgs({ allowPositionals: true }).positionals;
  console.log(await buildPrograms(parseRelease(release), names.length > 0 ? names : controlPlane));
}
