import {
  type AnnotationKey,
  type AnnotationName,
  annotationField,
  annotationKey,
  annotationKeys,
  annotationNames,
} from '../annotations/annotation-keys.ts';
import { isEmptyList } from '../annotations/annotation-list.ts';
import { addWarning } from '../annotations/annotation-warning.ts';
import { parseContainers } from '../annotations/containers-annotation.ts';
import { parseBoolean, type ValueParser } from '../annotations/parsed-value.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { besideKubeconfig, kubeconfigPath } from './ambassador/ambassador-kubeconfig.ts';
import { type AmbassadorIntent, parseAmbassadorOptions } from './ambassador/ambassador-options.ts';
import { parseInject, parseVolumePath } from './annotation-value.ts';
import type { EnvIntent } from './env/env-items.ts';
import { parseEnvItems, parseFileItems } from './items/parse-items.ts';
import { isListOf, mergeFiles, mergeVariables, valuesOfProfiles } from './merge-profiles.ts';
import type { Profile } from './profile.ts';
import type { VolumeIntent } from './volume/file-items.ts';
import { parseMode } from './volume/volume-mode.ts';

/** What the annotations of a pod request, parsed. */
export interface Intents {
  /** Undefined if the annotation is absent. */
  readonly env: readonly EnvIntent[] | undefined;
  readonly volume: VolumeIntent | undefined;
  readonly ambassador: AmbassadorIntent | undefined;
  /** Names of the target containers; undefined means all. */
  readonly containers: readonly string[] | undefined;
}

const defaultMode = Number.parseInt(annotationKeys['volume-mode'].default, 8);

/**
 * Parses the values of the annotations, by their names. Adds every error and warning to the findings. Even after an error,
 * returns everything that is valid, so that the planning can report further errors.
 */
export function parseAnnotations(
  values: ReadonlyMap<AnnotationName, string>,
  defaults: AmbassadorIntent,
  findings: Findings,
  profiles: readonly Profile[] = [],
): Intents {
  const ofProfiles = valuesOfProfiles(values, profiles, findings);
  const annotation = (name: AnnotationName) => values.get(name) ?? ofProfiles.get(name);

  read('inject', annotation('inject'), parseInject, false, findings);
  const env = values.get('env');
  const volume = values.get('volume');
  const containers = annotation('containers');
  for (const name of ['env', 'volume', 'containers'] as const) warnOfEmptyList(name, values.get(name), findings);
  const profile = values.get('profile')?.trim();
  if (profile !== '') warnOfEmptyList('profile', profile, findings); // an empty value declines the profile of the namespace
  const isRequested = (name: AnnotationName) => annotation(name) !== undefined || isListOf(profiles, name);
  warnOfOptionsWithoutEffect(values, isRequested, findings);

  const options = parseAmbassadorOptions(annotation, defaults, findings);
  const path = read(
    'volume-path',
    annotation('volume-path'),
    parseVolumePath,
    annotationKeys['volume-path'].default,
    findings,
  );
  const mode = read('volume-mode', annotation('volume-mode')?.trim(), parseMode, defaultMode, findings);
  const ambassador = read('ambassador', annotation('ambassador'), parseBoolean, false, findings);
  const named = containers === undefined ? [] : parseContainers(containers, findings);
  const ownFiles = volume === undefined ? undefined : parseFileItems(volume, findings);
  const files = mergeFiles(profiles, ownFiles, findings);
  const intents: Intents = {
    env: mergeVariables(profiles, env === undefined ? undefined : parseEnvItems(env, findings), findings),
    volume: files && { files, mountPath: path, defaultMode: mode },
    ambassador: ambassador ? options : undefined,
    containers: named.length > 0 ? named : undefined,
  };
  return intents.ambassador?.kubeconfig ? withKubeconfig(intents, findings) : intents;
}

/** The variable by which clients find the kubeconfig. */
const kubeconfigVariable: EnvIntent = {
  name: 'KUBECONFIG',
  source: { kind: 'text', text: kubeconfigPath },
  annotation: 'ambassador-kubeconfig',
};

/** Returns the intents with KUBECONFIG in front of the other variables. A volume at or below its directory is an error. */
function withKubeconfig(intents: Intents, findings: Findings): Intents {
  const { env = [], volume } = intents;
  const problem = volume && besideKubeconfig(volume.mountPath);
  if (volume && problem !== undefined) {
    const field = annotationField('volume-path');
    findings.errors.push({ field, kind: 'Invalid', value: volume.mountPath, detail: problem });
  }
  return { ...intents, env: [kubeconfigVariable, ...env] };
}

/** Returns the parsed value of an annotation, or the fallback if it is absent or invalid. Reports an invalid value. */
function read<T>(
  name: AnnotationName,
  value: string | undefined,
  parse: ValueParser<T>,
  fallback: T,
  findings: Findings,
): T {
  if (value === undefined) return fallback;
  const parsed = parse(value);
  if (parsed.kind === 'valid') return parsed.value;
  findings.errors.push({ field: annotationField(name), value, ...parsed.error });
  return fallback;
}

function warnOfEmptyList(name: AnnotationName, value: string | undefined, findings: Findings): void {
  if (value === undefined || !isEmptyList(value)) return;
  addWarning(findings, 'empty-list', name, 'it is empty and has no effect');
}

/** Warns about an option without its annotation; `containers` is an option of both `env` and `volume`. */
function warnOfOptionsWithoutEffect(
  values: ReadonlyMap<AnnotationName, string>,
  isRequested: (name: AnnotationName) => boolean,
  findings: Findings,
): void {
  for (const name of annotationNames) {
    if (!values.has(name)) continue;
    const { optionOf } = annotationKeys[name] as AnnotationKey;
    if (optionOf === undefined || isRequested(optionOf)) continue;
    const hasTargets = isRequested('volume') || values.get('ambassador-kubeconfig')?.trim() === 'true';
    if (name === 'containers' && hasTargets) continue;
    const main =
      name === 'containers' ? `${annotationKey('env')} or ${annotationKey('volume')}` : annotationKey(optionOf);
    addWarning(findings, 'option-without-effect', name, `it has no effect without ${main}`);
  }
}
