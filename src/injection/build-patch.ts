import { annotationKey } from '../annotations/annotation-keys.ts';
import { formatStatus } from '../annotations/injection-status.ts';
import { type Addition, pathTo } from '../json/json-patch.ts';
import type { ContainerPlace, PodSpec } from '../kubernetes/pod.ts';
import type { EnvAddition } from './env/plan-env.ts';
import type { Plan } from './plan-injection.ts';
import type { VolumeAddition } from './volume/plan-volume.ts';

/** Where the status annotation stands. */
export const statusPath = pathTo(['metadata', 'annotations', annotationKey('status')]);

/**
 * The additions that carry out a plan; none where the pod has everything. The ambassador comes after all that goes into
 * containers, since a native sidecar moves the indexes of the init containers.
 */
export function buildPatch(spec: PodSpec, plan: Plan): readonly Addition[] {
  const additions: Addition[] = [];
  for (const addition of plan.env) addEnv(addition, additions);
  if (plan.volume !== undefined) {
    addMounts(plan.volume, additions);
    addFiles(plan.volume, additions);
  }
  addVolumes(spec, plan, additions);
  addAmbassador(spec, plan, additions);
  if (additions.length > 0) additions.push({ path: statusPath, at: 'member', values: [formatStatus(plan.status)] });
  return additions;
}

function addEnv({ place, variables }: EnvAddition, additions: Addition[]): void {
  const path = `${pathOf(place)}/env`;
  if (place.container.env) for (const { at, values } of variables) additions.push({ path, at, values });
  else {
    const all = variables.flatMap(({ values }) => values);
    additions.push(whole(path, all));
  }
}

function addMounts({ mount, mountedIn }: VolumeAddition, additions: Addition[]): void {
  const values = [mount];
  for (const place of mountedIn) {
    const path = `${pathOf(place)}/volumeMounts`;
    additions.push(place.container.volumeMounts ? { path, at: 'end', values } : whole(path, values));
  }
}

/** Files for a volume that an earlier pass injected. */
function addFiles({ volume }: VolumeAddition, additions: Addition[]): void {
  if (volume.kind !== 'extend' || volume.items.length === 0) return;
  const path = `/spec/volumes/${volume.index}/downwardAPI/items`;
  additions.push(volume.hasItems ? { path, at: 'end', values: volume.items } : whole(path, volume.items));
}

function addVolumes(spec: PodSpec, { volume, ambassador }: Plan, additions: Addition[]): void {
  const volumes = [
    ...(volume?.volume.kind === 'add' ? [volume.volume.volume] : []),
    ...(ambassador?.tokenVolume ? [ambassador.tokenVolume] : []),
  ];
  if (volumes.length === 0) return;
  const path = '/spec/volumes';
  additions.push(spec.volumes ? { path, at: 'end', values: volumes } : whole(path, volumes));
}

function addAmbassador(spec: PodSpec, { ambassador }: Plan, additions: Addition[]): void {
  if (ambassador?.restartPolicyAt !== undefined) {
    const path = `/spec/initContainers/${ambassador.restartPolicyAt}/restartPolicy`;
    additions.push({ path, at: 'member', values: ['Always'] });
  }
  if (!ambassador?.container) return;
  const { native, container } = ambassador.container;
  const values = [container];
  if (!native) additions.push({ path: '/spec/containers', at: 'end', values });
  else {
    const path = '/spec/initContainers';
    additions.push(spec.initContainers ? { path, at: 0, values } : whole(path, values));
  }
}

/** A list that the pod lacks is added whole: no operation reaches into what another one added. */
function whole(path: string, list: readonly unknown[]): Addition {
  return { path, at: 'member', values: [list] };
}

function pathOf({ list, index }: ContainerPlace): string {
  return `/spec/${list}/${index}`;
}
