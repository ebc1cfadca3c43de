import { annotationField, annotationKey } from '../annotations/annotation-keys.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { listNames } from '../diagnostics/text.ts';
import { type ContainerPlace, containerPlaces } from '../kubernetes/pod.ts';
import type { EnvIntent } from './env/env-items.ts';
import { envVar } from './env/env-var.ts';
import type { Intents } from './parse-annotations.ts';
import type { PlanContext } from './patch/injection-part.ts';
import type { VolumeIntent } from './volume/file-items.ts';

const maxAdditions = 10_000; // variables and mounts: about 1 MiB, of the 1.5 MiB that etcd accepts for a whole pod
const maxCharacters = 1.5 * 1024 * 1024; // of all variables and mounts, since a long name is added to each container

type PodOfTargets = Pick<PlanContext, 'pod' | 'status' | 'findings'>;

/** Returns the containers that get variables and files; none, with an error, if they would get more than a pod can hold. */
export function targetContainers(intents: Intents, pod: PodOfTargets): readonly ContainerPlace[] {
  const targets = findTargets(intents, pod);
  return areWithinLimits(targets.length, intents, pod.findings) ? targets : [];
}

/** Returns the containers that the annotation names; without it, all containers except an injected ambassador. */
function findTargets({ containers }: Intents, { pod, status, findings }: PodOfTargets): readonly ContainerPlace[] {
  const isInjected = status.containers.has(ambassadorName);
  const places = containerPlaces(pod.spec).filter(
    ({ container }) => !(isInjected && container.name === ambassadorName),
  );
  if (containers === undefined) return places;
  const names = new Set(places.map(({ container }) => container.name));
  const detail = `the pod has no container of that name; it has ${listNames([...names])}`;
  for (const name of containers) {
    if (names.has(name)) continue;
    findings.errors.push({ field: annotationField('containers'), kind: 'NotFound', value: name, detail });
  }
  const wanted = new Set(containers);
  return places.filter(({ container }) => wanted.has(container.name));
}

function areWithinLimits(targets: number, { env, volume, ambassador }: Intents, findings: Findings): boolean {
  const additions = targets * ((env?.length ?? 0) + (volume === undefined ? 0 : 1) + (ambassador?.kubeconfig ? 1 : 0));
  const isFew = additions <= maxAdditions;
  const characters = isFew && targets > 1 ? targets * charactersOf(env ?? [], volume) : 0;
  if (isFew && characters <= maxCharacters) return true;
  const amount = isFew
    ? `${characters} characters of variables and mounts in total, and the maximum is ${maxCharacters}`
    : `${additions} variables and mounts in total, and the maximum is ${maxAdditions}`;
  const detail = `${targets} containers would get ${amount}; name fewer containers in ${annotationKey('containers')}`;
  findings.errors.push({ field: annotationField(env === undefined ? 'volume' : 'env'), kind: 'Forbidden', detail });
  return false;
}

/** Returns the number of characters that one container gets, as JSON. */
function charactersOf(env: readonly EnvIntent[], volume: VolumeIntent | undefined): number {
  const ofVariables = env.reduce((sum, intent) => sum + JSON.stringify(envVar(intent, '', [])).length, 0);
  return ofVariables + (volume?.mountPath.length ?? 0);
}
