import { annotationField, annotationKey } from '../annotations/annotation-keys.ts';
import { warn } from '../annotations/annotation-warning.ts';
import { ambassadorName, tokenVolumeName, volumeName } from '../annotations/injected-names.ts';
import { type InjectionStatus, mergeStatus } from '../annotations/injection-status.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { listNames, printable } from '../diagnostics/text.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { formatKubernetesVersion, isAtLeast } from '../kubernetes/kubernetes-version.ts';
import { type ContainerPlace, containerPlaces, type PodSpec } from '../kubernetes/pod.ts';
import { version } from '../version.ts';
import { type AmbassadorAddition, type AmbassadorSurroundings, planAmbassador } from './ambassador/plan-ambassador.ts';
import type { EnvIntent } from './env/env-items.ts';
import { envVar } from './env/env-var.ts';
import { type EnvAddition, planEnv } from './env/plan-env.ts';
import type { Intents } from './parse-annotations.ts';
import { warnOfResources } from './resource-warnings.ts';
import { rejectUnavailableSources } from './source-availability.ts';
import type { VolumeIntent } from './volume/file-items.ts';
import { planVolume, type VolumeAddition } from './volume/plan-volume.ts';

const maxAdditions = 10_000; // variables and mounts: about 1 MiB, of the 1.5 MiB that etcd takes for a whole pod
const maxCharacters = 1.5 * 1024 * 1024; // of these together, since a long name goes into each container

/** Everything that a pod is to get and does not have yet. */
export interface Plan {
  readonly env: readonly EnvAddition[];
  readonly volume: VolumeAddition | undefined;
  readonly ambassador: AmbassadorAddition | undefined;
  /** Whether an earlier pass has injected something already. */
  readonly again: boolean;
  /** What the status annotation is to say afterwards. */
  readonly status: InjectionStatus;
}

/** Decides everything before anything is applied. With an error in the findings the plan must not be used. */
export function planInjection(
  pod: DecodedPod,
  intents: Intents,
  surroundings: AmbassadorSurroundings,
  findings: Findings,
): Plan {
  const targets = withinBounds(findTargets(pod.spec, intents, findings), intents, findings);
  rejectUnavailableSources(intents, surroundings.kubernetesVersion, findings);
  warnOfEmptyTopology(intents.env ?? [], surroundings, findings);
  const env = planEnv(targets, intents.env ?? [], intents.status, findings);
  const volume = intents.volume && planVolume(pod, targets, intents.volume, intents.status, findings);
  const ambassador =
    intents.ambassador && planAmbassador(pod.spec, intents.ambassador, intents.status, surroundings, findings);
  warnOfResources(pod.spec, env, volume, findings);
  const { status } = intents;
  const again = status.version !== '';
  return { env, volume, ambassador, again, status: mergeStatus(status, statusAfter(env, volume, ambassador)) };
}

/** The containers that get variables and files: the ones named, else all but an ambassador of ours. */
function findTargets(spec: PodSpec, intents: Intents, findings: Findings): readonly ContainerPlace[] {
  const isOurs = intents.status.containers.has(ambassadorName);
  const places = containerPlaces(spec).filter(({ container }) => !(isOurs && container.name === ambassadorName));
  if (intents.containers === undefined) return places;
  const names = new Set(places.map(({ container }) => container.name));
  const detail = `the pod has no container of that name; it has ${listNames([...names])}`;
  for (const name of intents.containers) {
    if (names.has(name)) continue;
    findings.errors.push({ field: annotationField('containers'), kind: 'NotFound', value: name, detail });
  }
  const wanted = new Set(intents.containers);
  return places.filter(({ container }) => wanted.has(container.name));
}

/** The targets, or none and an error where they would get more than a pod can hold. */
function withinBounds(
  targets: readonly ContainerPlace[],
  { env, volume }: Intents,
  findings: Findings,
): readonly ContainerPlace[] {
  const additions = targets.length * ((env?.length ?? 0) + (volume === undefined ? 0 : 1));
  const isFew = additions <= maxAdditions;
  const characters = isFew && targets.length > 1 ? targets.length * charactersOf(env ?? [], volume) : 0;
  if (isFew && characters <= maxCharacters) return targets;
  const much = isFew
    ? `${characters} characters of variables and mounts together, and ${maxCharacters}`
    : `${additions} variables and mounts together, and ${maxAdditions}`;
  const detail = `${targets.length} containers would get ${much} are the most; name fewer containers in ${annotationKey('containers')}`;
  findings.errors.push({ field: annotationField(env === undefined ? 'volume' : 'env'), kind: 'Forbidden', detail });
  return [];
}

/** Returns how much one container gets, as JSON. */
function charactersOf(env: readonly EnvIntent[], volume: VolumeIntent | undefined): number {
  const ofVariables = env.reduce((sum, intent) => sum + JSON.stringify(envVar(intent, '', [])).length, 0);
  return ofVariables + (volume?.mountPath.length ?? 0);
}

/** Before 1.35 nothing copies a node's topology labels to its pods. */
function warnOfEmptyTopology(
  env: readonly EnvIntent[],
  { kubernetesVersion }: AmbassadorSurroundings,
  findings: Findings,
): void {
  if (kubernetesVersion === undefined || isAtLeast(kubernetesVersion, 1, 35)) return;
  const empty = env.filter(
    ({ source }) => source.kind === 'field' && source.fieldPath.includes("['topology.kubernetes.io/"),
  );
  if (empty.length === 0) return;
  const names = listNames([...new Set(empty.map(({ name }) => name))], printable);
  const detail = `${names} will be empty unless the pod has the labels itself: Kubernetes fills them in from 1.35 on, and this is ${formatKubernetesVersion(kubernetesVersion)}`;
  warn(findings, 'topology-empty', 'env', detail);
}

/** What the status annotation says of these alone. */
function statusAfter(
  env: readonly EnvAddition[],
  volume: VolumeAddition | undefined,
  ambassador: AmbassadorAddition | undefined,
): InjectionStatus {
  const mounts = new Set(volume && [volume.mount.mountPath]);
  return {
    version,
    env: new Map(env.map(({ place, names }) => [place.container.name, names])),
    mounts: new Map(volume?.mountedIn.map(({ container }) => [container.name, mounts])),
    volumes: new Set([
      ...(volume?.volume.kind === 'add' ? [volumeName] : []),
      ...(ambassador?.tokenVolume ? [tokenVolumeName] : []),
    ]),
    containers: new Set(ambassador?.container ? [ambassadorName] : []),
  };
}
