import { emptyFindings, type Findings } from '../diagnostics/findings.ts';
import { isObject, valueAt } from '../json/json-value.ts';
import { annotationField, annotationKey } from './annotation-keys.ts';

/**
 * What was injected into a pod, and by which version of Downlink. Downlink owns everything that a status names,
 * whichever version wrote it. A status has no timestamp, so that the same pod always gets the same text.
 */
export interface InjectionStatus {
  /** Undefined if nothing was injected, or if the status does not name a version. */
  readonly version: string | undefined;
  /** The names of variables by container. */
  readonly env: NamesByContainer;
  /** The mount paths of the downward API volumes by container. */
  readonly mounts: NamesByContainer;
  readonly volumes: Names;
  readonly containers: Names;
  readonly imagePullSecrets: Names;
  /** The hashes of the profiles that were applied, by their names. */
  readonly profiles: ReadonlyMap<string, string>;
}

/** Names in their original order. A set, because each name is looked up, and a hostile pod can have 256 KiB of them. */
export type Names = ReadonlySet<string>;
export type NamesByContainer = ReadonlyMap<string, Names>;

const noNames: Names = new Set();
const noContainers: NamesByContainer = new Map();
const none: InjectionStatus = {
  version: undefined,
  env: new Map(),
  mounts: new Map(),
  volumes: noNames,
  containers: noNames,
  imagePullSecrets: noNames,
  profiles: new Map(),
};

/** Parses the status annotation. Without one, nothing was injected. */
export function parseStatus(value: string | undefined, findings: Findings): InjectionStatus {
  if (value === undefined) return none;
  const parsed = parseJson(value);
  if (isObject(parsed)) {
    const { version, env = {}, mounts = {}, volumes = [], containers = [] } = parsed;
    const { imagePullSecrets = [], profiles = {} } = parsed;
    if (
      (version === undefined || typeof version === 'string') &&
      isNamesByContainer(env) &&
      isNamesByContainer(mounts) &&
      isNames(volumes) &&
      isNames(containers) &&
      isNames(imagePullSecrets) &&
      isHashes(profiles)
    ) {
      return {
        version: version === '' ? undefined : version,
        env: namesByContainer(env),
        mounts: namesByContainer(mounts),
        volumes: new Set(volumes),
        containers: new Set(containers),
        imagePullSecrets: new Set(imagePullSecrets),
        profiles: new Map(Object.entries(profiles)),
      };
    }
  }
  const detail = 'only Downlink writes this annotation; remove it';
  findings.errors.push({ field: annotationField('status'), kind: 'Invalid', value, detail });
  return none;
}

/** Returns the status of a pod, which may be any value; an empty one if the pod has none or it cannot be parsed. */
export function statusOf(pod: unknown): InjectionStatus {
  const value = valueAt(pod, ['metadata', 'annotations', annotationKey('status')]);
  return parseStatus(typeof value === 'string' ? value : undefined, emptyFindings());
}

/** Returns the value of the annotation. A part without names is omitted. */
export function formatStatus(status: InjectionStatus): string {
  const { version, env, mounts, volumes, containers, imagePullSecrets, profiles } = status;
  const parts: string[] = [];
  if (version !== undefined) parts.push(`"version":${JSON.stringify(version)}`);
  if (env.size > 0) parts.push(`"env":${formatNames(env)}`);
  if (mounts.size > 0) parts.push(`"mounts":${formatNames(mounts)}`);
  if (volumes.size > 0) parts.push(`"volumes":${JSON.stringify([...volumes])}`);
  if (containers.size > 0) parts.push(`"containers":${JSON.stringify([...containers])}`);
  if (imagePullSecrets.size > 0) parts.push(`"imagePullSecrets":${JSON.stringify([...imagePullSecrets])}`);
  if (profiles.size > 0) parts.push(`"profiles":${JSON.stringify(Object.fromEntries(profiles))}`);
  return `{${parts.join()}}`;
}

/** Returns an object of lists as JSON. Names that several containers share are formatted only once. */
function formatNames(byContainer: NamesByContainer): string {
  const texts = new Map<Names, string>();
  let text = '';
  for (const [container, names] of byContainer) {
    const known = texts.get(names) ?? JSON.stringify([...names]);
    texts.set(names, known);
    text += `${text === '' ? '{' : ','}${JSON.stringify(container)}:${known}`;
  }
  return `${text}}`;
}

/** What a part of an injection adds; absent for nothing. */
export type InjectedNames = Partial<Omit<InjectionStatus, 'version' | 'profiles'>>;

/** Returns a status with everything that is added, each name once. If nothing is added, it keeps its version. */
export function extendStatus(
  earlier: InjectionStatus,
  version: string,
  parts: readonly InjectedNames[],
): InjectionStatus {
  if (parts.length === 0) return earlier;
  const together = (kind: 'volumes' | 'containers' | 'imagePullSecrets') =>
    parts.reduce((names, { [kind]: added = noNames }) => union(names, added), earlier[kind]);
  const byContainer = (kind: 'env' | 'mounts') =>
    parts.reduce((names, { [kind]: added = noContainers }) => mergeNames(names, added), earlier[kind]);
  return {
    version,
    env: byContainer('env'),
    mounts: byContainer('mounts'),
    volumes: together('volumes'),
    containers: together('containers'),
    imagePullSecrets: together('imagePullSecrets'),
    profiles: earlier.profiles,
  };
}

function union(earlier: Names, later: Names): Names {
  if (earlier.size === 0 || later.size === 0) return earlier.size === 0 ? later : earlier; // the usual case
  return new Set([...earlier, ...later]);
}

function mergeNames(earlier: NamesByContainer, later: NamesByContainer): NamesByContainer {
  if (earlier.size === 0 || later.size === 0) return earlier.size === 0 ? later : earlier;
  const merged = new Map(earlier);
  for (const [container, names] of later) {
    merged.set(container, union(merged.get(container) ?? noNames, names));
  }
  return merged;
}

function namesByContainer(names: Readonly<Record<string, readonly string[]>>): NamesByContainer {
  return new Map(Object.entries(names).map(([container, list]) => [container, new Set(list)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isNamesByContainer(value: unknown): value is Record<string, string[]> {
  return isObject(value) && Object.values(value).every(isNames);
}

function isHashes(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((hash) => typeof hash === 'string');
}
