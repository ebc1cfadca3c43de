import { quote } from '../diagnostics/text.ts';
import { isObject } from '../json/json-value.ts';
import type { Container, Volume, VolumeMount } from './pod.ts';

/** Matches a path in normal form. Nearly all are, and splitting all of them would take a tenth of the time of a decision. */
const normalPath = /^(?!\/var\/run(?:\/|$))(?:\/(?!\.\.?(?:\/|$))[^/]+)*$/;

/**
 * Returns the normal form of a path: `/etc/downward` for `/etc//downward/`, and `/run` for `/var/run`, which is a link to it in
 * nearly every image. The normal form of the root is empty.
 */
export function directoryOf(path: string): string {
  if (normalPath.test(path)) return path;
  const elements: string[] = [];
  for (const element of path.split('/')) {
    if (element === '..') elements.pop();
    else if (element !== '' && element !== '.') elements.push(element);
  }
  const directory = elements.map((element) => `/${element}`).join('');
  return directory === '/var/run' || isBelow(directory, '/var/run') ? directory.slice('/var'.length) : directory;
}

function isBelow(path: string, directory: string): boolean {
  return path.length > directory.length && path.startsWith(directory) && path.charAt(directory.length) === '/';
}

const runtimeDirectories = ['/proc', '/sys', '/dev'];
const kubeletFiles = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenDirectory = directoryOf(tokenPath);

/** Returns why Kubernetes prevents a mount at that path; undefined if it does not. */
export function reservedFor(mountPath: string): string | undefined {
  const path = directoryOf(mountPath);
  const inRuntime = runtimeDirectories.find((directory) => path === directory || isBelow(path, directory));
  if (inRuntime !== undefined) return `the container runtime sets up ${inRuntime} itself`;
  if (path === '/etc') return 'it would hide /etc/hosts and /etc/resolv.conf, which Kubernetes mounts';
  const file = kubeletFiles.find((name) => path === name || isBelow(path, name));
  if (file !== undefined) return `Kubernetes mounts the file ${file}`;
  const nearToken = path === tokenDirectory || isBelow(path, tokenDirectory) || isBelow(tokenDirectory, path);
  if (nearToken || path === '/var') return `Kubernetes mounts the service account's token at ${tokenPath}`;
  return undefined;
}

/** What in a container prevents a mount, as a clause without its subject. */
export interface MountConflict {
  readonly verb: 'already mount' | 'have' | 'mount' | 'write';
  readonly object: string;
}

/** The properties of the volume that matter to mounts. */
export interface MountedFiles {
  readonly mountPath: string;
  /** The files and directories in its root. */
  readonly entries: ReadonlySet<string>;
}

/** Returns what in a container prevents the mount; undefined if nothing does. */
export function mountConflict(
  files: MountedFiles,
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
): MountConflict | undefined {
  const path = directoryOf(files.mountPath);
  if (!hasPathNear(path, container)) return undefined;
  const mounts = (container.volumeMounts ?? []).map((mount) => ({ mount, at: directoryOf(mount.mountPath) }));
  const devices = (container.volumeDevices ?? []).map(({ devicePath }) => directoryOf(devicePath ?? ''));
  if (mounts.some(({ at }) => at === path) || devices.includes(path)) {
    return { verb: 'already mount', object: `something at ${quote(files.mountPath)}` };
  }
  const device = devices.find((at) => isBelow(at, path) || isBelow(path, at));
  if (device !== undefined) return { verb: 'have', object: `a device at ${quote(device)}` };
  return (
    aboveConflict(path, mounts, volumes) ??
    belowConflict(path, files.entries, mounts, volumes) ??
    terminationConflict(path, container.terminationMessagePath)
  );
}

/** Reports whether the container has a mount, a device, or a termination message at, above, or below a path. Few have one. */
function hasPathNear(path: string, { volumeMounts, volumeDevices, terminationMessagePath }: Container): boolean {
  const isNear = (other: string) => {
    const at = directoryOf(other);
    return at === path || isBelow(at, path) || isBelow(path, at);
  };
  return (
    volumeMounts?.some(({ mountPath }) => isNear(mountPath)) ||
    volumeDevices?.some(({ devicePath }) => isNear(devicePath ?? '')) ||
    (Boolean(terminationMessagePath) && isNear(terminationMessagePath ?? ''))
  );
}

type Mounts = readonly { readonly mount: VolumeMount; readonly at: string }[];

/** Returns the innermost mount above the path, if the directory for the new mount cannot be created in it. */
function aboveConflict(path: string, mounts: Mounts, volumes: ReadonlyMap<string, Volume>): MountConflict | undefined {
  let innermost: Mounts[number] | undefined;
  for (const one of mounts) {
    if (isBelow(path, one.at) && one.at.length >= (innermost?.at.length ?? 0)) innermost = one;
  }
  if (innermost === undefined || takesDirectories(innermost.mount, volumes.get(innermost.mount.name))) return undefined;
  return {
    verb: 'mount',
    object: `${quote(innermost.mount.mountPath)} read-only, so no directory for it can be created`,
  };
}

/**
 * Reports whether a directory can be created in the mount. In volumes that the kubelet writes, which are always read-only, the
 * kubelet creates the directories for other mounts itself, but not below a subPath.
 * Source: kubernetes/kubernetes pkg/volume/util/nested_volumes.go
 */
function takesDirectories(mount: VolumeMount, volume: Volume | undefined): boolean {
  if (volume === undefined) return true; // the API server rejects such a pod
  if (isWrittenByKubelet(volume)) return !hasSubPath(mount);
  const sources = Object.values(volume).filter(isObject);
  return mount.readOnly !== true && !volume.image && !sources.some((source) => source['readOnly'] === true);
}

function isWrittenByKubelet({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return Boolean(configMap || secret || downwardAPI || projected);
}

function hasSubPath({ subPath, subPathExpr }: VolumeMount): boolean {
  return Boolean(subPath || subPathExpr);
}

/**
 * Returns a mount below the path that conflicts with the volume. The kubelet creates a directory for such a mount, but the
 * mount must not hide a file of the volume, and a single file cannot be mounted inside another volume.
 */
function belowConflict(
  path: string,
  entries: ReadonlySet<string>,
  mounts: Mounts,
  volumes: ReadonlyMap<string, Volume>,
): MountConflict | undefined {
  for (const { mount, at } of mounts) {
    if (!isBelow(at, path)) continue;
    const [entry = ''] = at.slice(path.length + 1).split('/');
    const shown = quote(mount.mountPath);
    if (entries.has(entry))
      return { verb: 'mount', object: `something at ${shown}, which would hide one of the files` };
    const volume = volumes.get(mount.name);
    if (volume !== undefined && isWrittenByKubelet(volume) && hasSubPath(mount)) {
      return { verb: 'mount', object: `a single file at ${shown}, which is not possible inside another volume` };
    }
  }
  return undefined;
}

/** Returns a termination message path that conflicts with the volume: the kubelet mounts a file there. */
function terminationConflict(path: string, messagePath: string | null | undefined): MountConflict | undefined {
  if (!messagePath) return undefined;
  const at = directoryOf(messagePath);
  if (at !== path && !isBelow(at, path) && !isBelow(path, at)) return undefined;
  return { verb: 'write', object: `its termination message to ${quote(messagePath)}` };
}
