import { type DownwardSource, formatDownwardSource, sameDivisor } from '../annotations/downward-source.ts';
import type { FileIntent } from '../annotations/file-items.ts';
import { annotationField, annotationKey, annotationKeys } from '../annotations/keys.ts';
import type { VolumeIntent } from '../annotations/parse.ts';
import type { InjectionStatus } from '../annotations/status.ts';
import { warn } from '../annotations/warn.ts';
import type { Findings } from '../findings.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import {
  type Container,
  type ContainerPlace,
  containersOf,
  type DownwardApiFile,
  defaultContainerName,
  type PodSpec,
  type Volume,
  type VolumeMount,
} from '../kubernetes/pod.ts';
import { listNames, quote } from '../text.ts';
import { ambassadorName, volumeName } from './names.ts';

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
  if (existing !== undefined && !(status.volumes.includes(volumeName) && existing.downwardAPI)) {
    const detail = `the pod has a volume ${quote(volumeName)} of its own; give that another name`;
    findings.errors.push({ field: annotationField('volume'), kind: 'Forbidden', detail });
    return undefined;
  }
  const present = existing?.downwardAPI?.items ?? [];
  const files = planFiles(pod, intent.files, present, findings);
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

/** The files that are not in the volume yet. One path with two sources, or below another file, is an error. */
function planFiles(
  pod: DecodedPod,
  asked: readonly FileIntent[],
  present: readonly DownwardApiFile[],
  findings: Findings,
): readonly DownwardApiFile[] {
  const defaultName = defaultContainerName(pod);
  const named = asked.some(namesContainer) ? containersOf(pod.spec) : [];
  const known = new Set(named.map(({ name }) => name));
  const kept = new Set(present.map(({ path }) => path));
  const added = new Map<string, { file: DownwardApiFile; source: DownwardSource }>();
  const unknown = new Set<string>();
  let usesDefault = false;
  for (const { path, source } of asked) {
    if (kept.has(path)) continue;
    const ofContainer = source.kind === 'resource' ? (source.container ?? defaultName) : undefined;
    if (source.kind === 'resource' && source.container !== undefined && !known.has(source.container)) {
      unknown.add(source.container);
      continue;
    }
    usesDefault ||= source.kind === 'resource' && source.container === undefined;
    const file: DownwardApiFile =
      source.kind === 'field'
        ? { path, fieldRef: { fieldPath: source.fieldPath } }
        : {
            path,
            resourceFieldRef: { containerName: ofContainer, resource: source.resource, divisor: source.divisor ?? '1' },
          };
    const earlier = added.get(path);
    if (earlier === undefined) added.set(path, { file, source });
    else if (!sameFile(earlier.file, file)) {
      const both = [earlier.source, source].map((one) => quote(formatDownwardSource(one))).join(' and as ');
      const detail = `it is asked for as ${both}; give one of them another path`;
      findings.errors.push({ field: annotationField('volume'), kind: 'Duplicate', value: path, detail });
    }
  }
  const detail = unknown.size > 0 ? `the pod has no container of that name; it has ${listNames([...known])}` : '';
  for (const name of unknown) {
    findings.errors.push({ field: annotationField('volume'), kind: 'NotFound', value: name, detail });
  }
  rejectFilesThatAreDirectories([...kept, ...added.keys()], findings);
  if (usesDefault && (pod.spec.containers ?? []).filter(({ name }) => name !== ambassadorName).length > 1) {
    const example = quote(`cpu=${defaultName}:limits.cpu/1m`);
    const detail = `resource files without a container are those of ${quote(defaultName ?? '')}; to name it write for example ${example}`;
    warn(findings, 'default-container', 'volume', detail);
  }
  return [...added.values()].map(({ file }) => file);
}

function namesContainer({ source }: FileIntent): boolean {
  return source.kind === 'resource' && source.container !== undefined;
}

/** A path that is another's directory would leave the pod in ContainerCreating. Sorted, such paths are neighbours. */
function rejectFilesThatAreDirectories(paths: readonly string[], findings: Findings): void {
  if (!paths.some((path) => path.includes('/'))) return;
  const sorted = paths.map((path) => path.replaceAll('/', '\0')).sort();
  for (const [index, path] of sorted.entries()) {
    const next = sorted[index + 1];
    if (!next?.startsWith(`${path}\0`)) continue;
    const detail = `it is the directory of ${quote(next.replaceAll('\0', '/'))}, too; give one of them another path`;
    findings.errors.push({
      field: annotationField('volume'),
      kind: 'Invalid',
      value: path.replaceAll('\0', '/'),
      detail,
    });
  }
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
  const isAt = (path: string | null | undefined) => withoutEndSlash(path ?? '') === mountPath;
  return (
    (volumeMounts ?? []).some((mount) => isAt(mount.mountPath)) ||
    (volumeDevices ?? []).some((device) => isAt(device.devicePath))
  );
}

function withoutEndSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function sameFile(one: DownwardApiFile, other: DownwardApiFile): boolean {
  return (
    one.fieldRef?.fieldPath === other.fieldRef?.fieldPath &&
    one.resourceFieldRef?.containerName === other.resourceFieldRef?.containerName &&
    one.resourceFieldRef?.resource === other.resourceFieldRef?.resource &&
    sameDivisor(one.resourceFieldRef?.divisor, other.resourceFieldRef?.divisor)
  );
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
