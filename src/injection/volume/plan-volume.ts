import { annotationField } from '../../annotations/annotation-keys.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import { volumeName } from '../../annotations/injected-names.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, quote } from '../../diagnostics/text.ts';
import {
  type Container,
  type ContainerPlace,
  containersOf,
  type DownwardApiFile,
  type PodSpec,
  type Volume,
  type VolumeMount,
} from '../../kubernetes/pod.ts';
import { emptyPart, type PlanContext, type PlannedPart, type ShownResource } from '../patch/injection-part.ts';
import type { PodAddition } from '../patch/patch-target.ts';
import { downwardVolume, type RequestedVolume } from './compile-volume.ts';
import type { VolumeIntent } from './file-items.ts';
import { planFiles } from './volume-files.ts';
import { planMounts } from './volume-mounts.ts';

/** Plans the downward API volume, its files, and its mounts, or whichever of them the pod lacks. */
export function planVolume(requested: RequestedVolume, context: PlanContext): PlannedPart {
  const { intent, whole } = requested;
  const { pod, targets, status, findings } = context;
  const volumes = pod.spec.volumes ?? [];
  const index = volumes.findIndex(({ name }) => name === volumeName);
  const existing = volumes[index];
  const isInjected = existing !== undefined && status.volumes.has(volumeName) && Boolean(existing.downwardAPI);
  if (existing !== undefined && !isInjected) {
    const detail = `the pod has its own volume ${quote(volumeName)}; rename that volume`;
    findings.errors.push({ field: annotationField('volume'), kind: 'Forbidden', detail });
  }
  const present = isInjected ? (existing.downwardAPI?.items ?? []) : [];
  const files = isInjected || whole === undefined ? planFiles(intent.files, present, context) : whole.files;
  const entries = new Set([...present, ...files].map(({ path }) => path.split('/', 1)[0] ?? ''));
  const volumesByName = new Map(volumes.map((volume) => [volume.name, volume]));
  const mounted = { mountPath: intent.mountPath, entries };
  const mountedIn = planMounts(mounted, volumesByName, isInjected, context);
  if (files.length === 0 && present.length === 0) return emptyPart; // there are no files, or no valid ones
  warnOfUnreadableFiles(pod.spec, targets, intent.defaultMode, findings);
  const additions = mountedIn.map((place) => addMounts(place, requested.mounts));
  if (!isInjected) additions.push(addVolumes(whole?.volumes ?? [downwardVolume(intent, files)]));
  else if (files.length > 0) additions.push(addFiles(index, files));
  const mounts = new Map(mountedIn.map(({ container }) => [container.name, requested.mountPaths]));
  const names = isInjected ? { mounts } : { mounts, volumes: new Set([volumeName]) };
  return { additions, names, resources: resourcesOf(pod.spec, files, intent) };
}

function addMounts({ list, index }: ContainerPlace, values: readonly VolumeMount[]): PodAddition {
  const target = { kind: 'container-member', list, index, member: 'volumeMounts' } as const;
  return { kind: 'elements', target, at: 'end', values };
}

function addVolumes(values: readonly Volume[]): PodAddition {
  return { kind: 'elements', target: { kind: 'volumes' }, at: 'end', values };
}

/** Adds files to the volume that an earlier invocation injected. */
function addFiles(index: number, files: readonly DownwardApiFile[]): PodAddition {
  return { kind: 'elements', target: { kind: 'volume-items', index }, at: 'end', values: files };
}

function resourcesOf(
  spec: PodSpec,
  files: readonly DownwardApiFile[],
  { files: requested }: VolumeIntent,
): readonly ShownResource[] {
  if (files.every(({ resourceFieldRef }) => !resourceFieldRef)) return [];
  const profiles = new Map(requested.map(({ path, profile }) => [path, profile]));
  const byName = new Map(containersOf(spec).map((container) => [container.name, container]));
  return files.flatMap(({ path, resourceFieldRef }) => {
    const container = byName.get(resourceFieldRef?.containerName ?? '');
    if (!resourceFieldRef || !container) return [];
    return [{ name: path, profile: profiles.get(path), container, resource: resourceFieldRef.resource }];
  });
}

/** Warns about files that a container cannot read: root owns them, and neither the mode nor an fsGroup lets others read. */
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
  const detail = `${listNames(names)} cannot read the files: with mode ${octal} and no fsGroup, only root can`;
  addWarning(findings, 'unreadable-mode', 'volume-mode', detail);
}

function isNonRoot(spec: PodSpec, { securityContext }: Container): boolean {
  const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  if (typeof user === 'number') return user !== 0;
  return (securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) === true;
}
