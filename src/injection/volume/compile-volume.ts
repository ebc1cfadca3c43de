import { volumeName } from '../../annotations/injected-names.ts';
import { emptyFindings } from '../../diagnostics/findings.ts';
import { constant } from '../../json/json-patch.ts';
import type { DownwardApiFile, Volume, VolumeMount } from '../../kubernetes/pod.ts';
import type { FileIntent, VolumeIntent } from './file-items.ts';
import { filesOf, rejectFilesThatAreDirectories } from './volume-files.ts';

/** The volume that a pod requests, with everything about it that does not depend on the pod. */
export interface RequestedVolume {
  readonly intent: VolumeIntent;
  /** The mount that each target container gets. */
  readonly mounts: readonly [VolumeMount];
  /** The paths of these mounts, for the status. */
  readonly mountPaths: ReadonlySet<string>;
  /** What a pod without the volume gets; undefined if its files depend on the pod, or if they are not valid. */
  readonly whole: WholeVolume | undefined;
}

interface WholeVolume {
  readonly files: readonly DownwardApiFile[];
  readonly volumes: readonly [Volume];
}

/** Prepares the volume that a pod requests. */
export function compileVolume(intent: VolumeIntent): RequestedVolume {
  const { mountPath } = intent;
  const mount = constant({ name: volumeName, mountPath, readOnly: true });
  return { intent, mounts: constant([mount]), mountPaths: new Set([mountPath]), whole: wholeVolume(intent) };
}

function wholeVolume(intent: VolumeIntent): WholeVolume | undefined {
  if (!intent.files.every(isInEveryPod)) return undefined;
  const findings = emptyFindings();
  const files = filesOf(intent.files, undefined, findings);
  rejectFilesThatAreDirectories(
    files.map(({ path }) => path),
    findings,
  );
  if (files.length === 0 || findings.errors.total > 0) return undefined;
  return { files, volumes: constant([constant(downwardVolume(intent, files))]) };
}

/** Reports whether a file is the same in every pod: that of a field that each pod has. */
function isInEveryPod({ source }: FileIntent): boolean {
  return source.kind === 'field' && !source.isOptional;
}

/** Returns the volume with these files. */
export function downwardVolume({ defaultMode }: VolumeIntent, items: readonly DownwardApiFile[]): Volume {
  return { name: volumeName, downwardAPI: { defaultMode, items } };
}
