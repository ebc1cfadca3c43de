import { annotationKey } from '../annotations/keys.ts';
import { formatStatus } from '../annotations/status.ts';
import { type AddOperation, add } from '../json-patch.ts';
import type { PodSpec } from '../kubernetes/pod.ts';
import type { EnvAddition } from './env.ts';
import type { Plan } from './plan.ts';
import type { VolumeAddition } from './volume.ts';

/**
 * The operations that carry out a plan; none where the pod has everything. The ambassador comes after all that goes
 * into containers, since a native sidecar moves the indexes of the init containers.
 */
export function buildPatch(spec: PodSpec, plan: Plan): readonly AddOperation[] {
  const operations = [
    ...plan.env.flatMap(addEnv),
    ...(plan.volume?.mounts ?? []).map(addMount),
    ...addFiles(plan.volume),
    ...addVolumes(spec, plan),
    ...addAmbassador(spec, plan),
  ];
  if (operations.length === 0) return [];
  return [...operations, add(['metadata', 'annotations', annotationKey('status')], formatStatus(plan.status))];
}

function addEnv({ place: { list, index, container }, variables }: EnvAddition): readonly AddOperation[] {
  const path = ['spec', list, index, 'env'];
  if (!container.env)
    return [
      add(
        path,
        variables.map(({ variable }) => variable),
      ),
    ];
  return variables.map(({ index: position, variable }) => add([...path, position], variable));
}

function addMount({ place: { list, index, container }, mount }: VolumeAddition['mounts'][number]): AddOperation {
  const path = ['spec', list, index, 'volumeMounts'];
  return container.volumeMounts ? add([...path, '-'], mount) : add(path, [mount]);
}

/** Files for a volume that an earlier pass injected. */
function addFiles(addition: VolumeAddition | undefined): readonly AddOperation[] {
  if (addition?.volume.kind !== 'extend' || addition.volume.items.length === 0) return [];
  const { index, hasItems, items } = addition.volume;
  const path = ['spec', 'volumes', index, 'downwardAPI', 'items'];
  return hasItems ? items.map((item) => add([...path, '-'], item)) : [add(path, items)];
}

/** A list that the pod lacks is added whole: no operation reaches into what another one added. */
function addVolumes(spec: PodSpec, { volume, ambassador }: Plan): readonly AddOperation[] {
  const volumes = [
    ...(volume?.volume.kind === 'add' ? [volume.volume.volume] : []),
    ...(ambassador?.tokenVolume ? [ambassador.tokenVolume] : []),
  ];
  if (volumes.length === 0) return [];
  return spec.volumes ? volumes.map((one) => add(['spec', 'volumes', '-'], one)) : [add(['spec', 'volumes'], volumes)];
}

function addAmbassador(spec: PodSpec, { ambassador }: Plan): readonly AddOperation[] {
  if (!ambassador?.container) return [];
  const { native, container } = ambassador.container;
  if (!native) return [add(['spec', 'containers', '-'], container)];
  return [
    spec.initContainers ? add(['spec', 'initContainers', 0], container) : add(['spec', 'initContainers'], [container]),
  ];
}
