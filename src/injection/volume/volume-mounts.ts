import { annotationField, annotationKey, annotationKeys } from '../../annotations/annotation-keys.ts';
import { volumeName } from '../../annotations/injected-names.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, quote } from '../../diagnostics/text.ts';
import type { ContainerPlace, Volume } from '../../kubernetes/pod.ts';
import { type MountConflict, type MountedFiles, mountConflict, reservedFor } from './mount-path.ts';

/**
 * Returns the target containers that are to get a mount of the volume. A path where the mount cannot work is an error, with
 * one where it can.
 */
export function planMounts(
  targets: readonly ContainerPlace[],
  files: MountedFiles,
  volumes: ReadonlyMap<string, Volume>,
  mayBeMounted: boolean,
  findings: Findings,
): readonly ContainerPlace[] {
  const isMounted = ({ container }: ContainerPlace) =>
    mayBeMounted && (container.volumeMounts ?? []).some(({ name }) => name === volumeName);
  const lacking = targets.filter((place) => !isMounted(place));
  if (lacking.length === 0 && targets.length > 0) return lacking;
  const reserved = reservedFor(files.mountPath);
  if (reserved !== undefined) {
    const detail = `${reserved}; write ${freePath(files, lacking, volumes)}`;
    findings.errors.push({ field: annotationField('volume-path'), kind: 'Invalid', value: files.mountPath, detail });
    return lacking;
  }
  const found = conflicts(files, lacking, volumes);
  const right = found.length === 0 ? '' : freePath(files, lacking, volumes); // once, however many conflicts there are
  for (const { conflict, names } of found) {
    findings.errors.push(() => {
      const detail = `${clauseOf(conflict, names)}; set ${annotationKey('volume-path')} to ${right}`;
      return { field: annotationField('volume'), kind: 'Forbidden', detail };
    });
  }
  return lacking;
}

/** What is in the way, each with the containers in which it is. */
function conflicts(files: MountedFiles, places: readonly ContainerPlace[], volumes: ReadonlyMap<string, Volume>) {
  const byClause = new Map<string, { readonly conflict: MountConflict; readonly names: string[] }>();
  for (const { container } of places) {
    const conflict = mountConflict(files, container, volumes);
    if (conflict === undefined) continue;
    const key = `${conflict.verb} ${conflict.rest}`;
    const known = byClause.get(key);
    if (known === undefined) byClause.set(key, { conflict, names: [container.name] });
    else known.names.push(container.name);
  }
  return [...byClause.values()];
}

const singular = { 'already mount': 'already mounts', have: 'has', mount: 'mounts', write: 'writes' } as const;

function clauseOf({ verb, rest }: MountConflict, names: readonly string[]): string {
  return names.length > 1
    ? `containers ${listNames(names)} ${verb} ${rest}`
    : `container ${listNames(names)} ${singular[verb]} ${rest}`;
}

const others = [annotationKeys['volume-path'].example, annotationKeys['volume-path'].default, '/podinfo', '/downward'];

/** Another path in the words of an error, with an example where there is one that works in all of these containers. */
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
