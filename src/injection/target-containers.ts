import { annotationField, annotationKey } from '../annotations/annotation-keys.ts';
import { ambassadorName } from '../annotations/injected-names.ts';
import { listNames } from '../diagnostics/text.ts';
import { type ContainerPlace, containerPlaces } from '../kubernetes/pod.ts';
import type { InjectionRequest } from './compile-request.ts';
import type { RequestedEnv } from './env/compile-env.ts';
import { type EnvFacts, envFacts } from './env/env-facts.ts';
import { isOfContainer, planVariable } from './env/env-var.ts';
import type { PlanContext } from './patch/injection-part.ts';
import type { ResolvedIntents } from './resolve-sources.ts';

const maxAdditions = 10_000; // variables and mounts: about 1 MiB, of the 1.5 MiB that etcd accepts for a whole pod
const maxCharacters = 1.5 * 1024 * 1024; // of all variables and mounts, since a long name is added to each container

type PodOfTargets = Omit<PlanContext, 'targets'>;

/** Returns the containers that get variables and files; none, with an error, if they would get more than a pod can hold. */
export function targetContainers(request: InjectionRequest, pod: PodOfTargets): readonly ContainerPlace[] {
  const targets = findTargets(request.intents, pod);
  return areWithinLimits(targets, request, pod) ? targets : [];
}

/** Returns the containers that the annotation names; without it, all containers except an injected ambassador. */
function findTargets(
  { containers }: ResolvedIntents,
  { pod, status, findings }: PodOfTargets,
): readonly ContainerPlace[] {
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

function areWithinLimits(
  targets: readonly ContainerPlace[],
  { intents, env }: InjectionRequest,
  pod: PodOfTargets,
): boolean {
  const { volume, ambassador } = intents;
  const mounts = (volume === undefined ? 0 : 1) + (ambassador?.kubeconfig ? 1 : 0);
  const additions = targets.length * ((env?.variables.size ?? 0) + mounts);
  const isFew = additions <= maxAdditions;
  const ofMounts = targets.length * (volume?.mountPath.length ?? 0);
  const characters = isFew && env !== undefined ? ofMounts + charactersOf(env, targets, pod) : ofMounts;
  if (isFew && characters <= maxCharacters) return true;
  const amount = isFew
    ? `${characters} characters of variables and mounts in total, and the maximum is ${maxCharacters}`
    : `${additions} variables and mounts in total, and the maximum is ${maxAdditions}`;
  const advice =
    targets.length > 1 ? `name fewer containers in ${annotationKey('containers')}` : 'request fewer or shorter ones';
  const who = targets.length > 1 ? `${targets.length} containers` : '1 container';
  const detail = `${who} would get ${amount}; ${advice}`;
  pod.findings.errors.push({ field: annotationField(env === undefined ? 'volume' : 'env'), kind: 'Forbidden', detail });
  return false;
}

/**
 * Returns the number of characters that the containers get as variables, as JSON. What does not depend on the container is
 * counted once. A value that does has at most the characters of the container's name and image besides.
 */
function charactersOf(env: RequestedEnv, targets: readonly ContainerPlace[], pod: PodOfTargets): number {
  if (env.whole !== undefined) return targets.length * env.fixedCharacters;
  const { characters, ofContainers } = variablesOfPod(env, envFacts(pod));
  const ofImagesAndNames =
    ofContainers === 0
      ? 0
      : targets.reduce((sum, { container: { name, image } }) => sum + 2 * name.length + (image?.length ?? 0), 0);
  return targets.length * (env.fixedCharacters + characters) + ofContainers * ofImagesAndNames;
}

/** Returns the characters of the variables that depend on the pod, and the number of those that depend on the container. */
function variablesOfPod({ variables }: RequestedEnv, facts: EnvFacts) {
  let [characters, ofContainers] = [0, 0];
  const composed = new Map<boolean, number>();
  for (const { intent, fixed } of variables.values()) {
    if (fixed !== undefined) continue;
    const { name, source } = intent;
    if (isOfContainer(source)) ofContainers++;
    if (source.kind !== 'otel-resource-attributes') {
      const planned = planVariable(intent, { name: '' }, facts, () => true);
      characters += JSON.stringify(planned.kind === 'variable' ? planned.variable : { name }).length;
      continue;
    }
    const { readsLabels } = source;
    const known = composed.get(readsLabels) ?? facts.otel(readsLabels).compose({ name: '' }, () => true).value.length;
    composed.set(readsLabels, known);
    characters += JSON.stringify({ name }).length + known;
  }
  return { characters, ofContainers };
}
