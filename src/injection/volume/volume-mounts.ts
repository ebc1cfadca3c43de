import { annotationField, annotationKey, annotationKeys } from '../../annotations/annotation-keys.ts';
import { volumeName } from '../../annotations/injected-names.ts';
import { quote } from '../../diagnostics/text.ts';
import { conflictClause, mountConflicts, withoutMount } from '../../kubernetes/mount-conflicts.ts';
import { type MountedFiles, mountConflict, reservedFor } from '../../kubernetes/mount-path.ts';
import type { ContainerPlace, Volume } from '../../kubernetes/pod.ts';
import type { PlanContext } from '../patch/injection-part.ts';

/** Returns the target containers that need a mount of the volume. If the mount cannot work, the error suggests another path. */
export function planMounts(
  files: MountedFiles,
  volumes: ReadonlyMap<string, Volume>,
  isInjected: boolean,
  { targets, findings }: PlanContext,
): readonly ContainerPlace[] {
  const lacking = isInjected ? withoutMount(targets, volumeName) : targets;
  if (lacking.length === 0 && targets.length > 0) return lacking;
  const reserved = reservedFor(files.mountPath);
  if (reserved !== undefined) {
    const detail = `${reserved}; write ${freePath(files, lacking, volumes)}`;
    findings.errors.push({ field: annotationField('volume-path'), kind: 'Invalid', value: files.mountPath, detail });
    return lacking;
  }
  const found = mountConflicts(files, lacking, volumes);
  const advice = found.length === 0 ? '' : freePath(files, lacking, volumes); // computed once for all conflicts
  for (const { conflict, names } of found) {
    findings.errors.push(() => {
      const detail = `${conflictClause(conflict, names)}; set ${annotationKey('volume-path')} to ${advice}`;
      return { field: annotationField('volume'), kind: 'Forbidden', detail };
    });
  }
  return lacking;
}

const others = [annotationKeys['volume-path'].example, annotationKeys['volume-path'].default, '/podinfo', '/downward'];

/** Returns how an error refers to another path, with an example if one works in all these containers. */
function freePath(
  files: MountedFiles,
  places: readonly ContainerPlace[],
  volumes: ReadonlyMap<string, Volume>,
): string {
  const free = others.find((mountPath) =>
    places.every(({ container }) => mountConflict({ ...files, mountPath }, container, volumes) === undefined),
  );
  return free === undefined ? 'another path' : `another path, for example ${quote(free)}`;
}
