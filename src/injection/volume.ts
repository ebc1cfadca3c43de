import { normalize } from 'node:path/posix';
import { annotationField, annotationKey, annotationKeys } from '../annotations/keys.ts';
import type { VolumeIntent } from '../annotations/parse.ts';
import type { InjectionStatus } from '../annotations/status.ts';
import { warn } from '../annotations/warn.ts';
import type { Findings } from '../findings.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import type { Container, ContainerPlace, DownwardApiFile, PodSpec, Volume, VolumeMount } from '../kubernetes/pod.ts';
import { listNames, quote } from '../text.ts';
import { volumeName } from './names.ts';
import { planFiles } from './volume-files.ts';

/** The volume and its mounts, as far as the pod lacks them. */
export interface VolumeAddition {
  readonly volume:
    | { readonly kind: 'add'; readonly volume: Volume }
    | {
        readonly kind: 'extend';
        readonly index: number;
        readonly hasItems: boolean;
        readonly items: readonly DownwardApiFile[];
      };
  readonly mount: VolumeMount;
  /** The containers that get the mount. */
  readonly mountedIn: readonly ContainerPlace[];
}

/** Decides the downward API volume, its files and where it is mounted. */
export function planVolume(
  pod: DecodedPod,
  targets: readonly ContainerPlace[],
  intent: VolumeIntent,
  status: InjectionStatus,
  findings: Findings,
): VolumeAddition | undefined {
  const index = (pod.spec.volumes ?? []).findIndex(({ name }) => name === volumeName);
  const existing = pod.spec.volumes?.[index];
  if (existing !== undefined && !(status.volumes.has(volumeName) && existing.downwardAPI)) {
    const detail = `the pod has a volume ${quote(volumeName)} of its own; give that another name`;
    findings.errors.push({ field: annotationField('volume'), kind: 'Forbidden', detail });
    return undefined;
  }
  const present = existing?.downwardAPI?.items ?? [];
  const files = planFiles(pod, intent.files, present, status, findings);
  const mount: VolumeMount = { name: volumeName, mountPath: intent.mountPath, readOnly: true };
  const mountedIn = planMounts(targets, intent.mountPath, existing !== undefined, findings);
  if (files.length === 0 && present.length === 0) return undefined; // nothing asked for, or nothing right
  warnOfUnreadableFiles(pod.spec, targets, intent.defaultMode, findings);
  if (existing !== undefined) {
    if (files.length === 0 && mountedIn.length === 0) return undefined;
    const hasItems = Array.isArray(existing.downwardAPI?.items);
    return { volume: { kind: 'extend', index, hasItems, items: files }, mount, mountedIn };
  }
  const volume: Volume = { name: volumeName, downwardAPI: { defaultMode: intent.defaultMode, items: files } };
  return { volume: { kind: 'add', volume }, mount, mountedIn };
}

/** The target containers that have no mount of the volume yet. A mount path that is taken is an error. */
function planMounts(
  targets: readonly ContainerPlace[],
  mountPath: string,
  mayBeMounted: boolean,
  findings: Findings,
): readonly ContainerPlace[] {
  const mountedIn: ContainerPlace[] = [];
  const taken: string[] = [];
  for (const place of targets) {
    const own = place.container.volumeMounts ?? [];
    if (mayBeMounted && own.some(({ name }) => name === volumeName)) continue;
    if (isTaken(mountPath, place.container)) taken.push(place.container.name);
    else mountedIn.push(place);
  }
  if (taken.length > 0) {
    const where = `container${taken.length > 1 ? 's' : ''} ${listNames(taken)}`;
    const free = [annotationKeys['volume-path'].example, annotationKeys['volume-path'].default];
    const other = free.find((path) => path !== mountPath);
    const detail = `${where} already mount${taken.length > 1 ? '' : 's'} something at ${quote(mountPath)}; set ${annotationKey('volume-path')} to another path, for example "${other}"`;
    findings.errors.push({ field: annotationField('volume'), kind: 'Forbidden', detail });
  }
  return mountedIn;
}

function isTaken(mountPath: string, { volumeMounts, volumeDevices }: Container): boolean {
  const isAt = (path: string | null | undefined) => plainPath(path ?? '') === mountPath;
  return (
    (volumeMounts ?? []).some((mount) => isAt(mount.mountPath)) ||
    (volumeDevices ?? []).some((device) => isAt(device.devicePath))
  );
}

/** The directory that a path names, however it is spelt: `/etc//downward/` is `/etc/downward`, and the root is empty. */
function plainPath(path: string): string {
  const plain = normalize(`/${path}`);
  return plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

/** The files are root's: without read permission for others and without an fsGroup only root reads them. */
function warnOfUnreadableFiles(
  spec: PodSpec,
  targets: readonly ContainerPlace[],
  mode: number,
  findings: Findings,
): void {
  if ((mode & 0o004) !== 0 || typeof spec.securityContext?.fsGroup === 'number') return;
  const names = targets
    .map(({ container }) => container)
    .filter((container) => isNonRoot(spec, container))
    .map(({ name }) => name);
  if (names.length === 0) return;
  const octal = mode.toString(8).padStart(4, '0');
  const detail = `with mode ${octal} and no fsGroup the files are root's alone; ${listNames(names)} cannot read them`;
  warn(findings, 'unreadable-mode', 'volume-mode', detail);
}

function isNonRoot(spec: PodSpec, { securityContext }: Container): boolean {
  const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  if (typeof user === 'number') return user !== 0;
  return (securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) === true;
}
