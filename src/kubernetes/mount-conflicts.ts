import { listNames } from '../diagnostics/text.ts';
import { type MountConflict, type MountedFiles, mountConflict } from './mount-path.ts';
import type { ContainerPlace, Volume } from './pod.ts';

/** Returns the containers that do not mount a volume. */
export function withoutMount(places: readonly ContainerPlace[], volume: string): readonly ContainerPlace[] {
  return places.filter(({ container }) => !(container.volumeMounts ?? []).some(({ name }) => name === volume));
}

/** Returns what prevents the mount, each with the names of the affected containers. */
export function mountConflicts(
  files: MountedFiles,
  places: readonly ContainerPlace[],
  volumes: ReadonlyMap<string, Volume>,
) {
  const byClause = new Map<string, { readonly conflict: MountConflict; readonly names: string[] }>();
  for (const { container } of places) {
    const conflict = mountConflict(files, container, volumes);
    if (conflict === undefined) continue;
    const key = `${conflict.verb} ${conflict.object}`;
    const known = byClause.get(key);
    if (known === undefined) byClause.set(key, { conflict, names: [container.name] });
    else known.names.push(container.name);
  }
  return [...byClause.values()];
}

const singular = { 'already mount': 'already mounts', have: 'has', mount: 'mounts', write: 'writes' } as const;

/** Returns a conflict as a clause whose subject are these containers. */
export function conflictClause({ verb, object }: MountConflict, names: readonly string[]): string {
  return names.length > 1
    ? `containers ${listNames(names)} ${verb} ${object}`
    : `container ${listNames(names)} ${singular[verb]} ${object}`;
}
