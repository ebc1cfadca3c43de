import {
  type AnnotationKey,
  type AnnotationName,
  annotationField,
  annotationKey,
  annotationKeys,
  annotationNames,
} from '../annotations/annotation-keys.ts';
import { isEmptyList } from '../annotations/annotation-list.ts';
import { warn } from '../annotations/annotation-warning.ts';
import { parseContainers } from '../annotations/containers-annotation.ts';
import { type InjectionStatus, parseStatus } from '../annotations/injection-status.ts';
import type { ValueParser } from '../annotations/parsed-value.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { type AmbassadorIntent, parseAmbassadorOptions } from './ambassador/ambassador-options.ts';
import { parseAmbassador, parseInject, parseVolumePath } from './annotation-value.ts';
import type { EnvIntent } from './env/env-items.ts';
import { parseEnvItems, parseFileItems } from './items/parse-items.ts';
import { readOwnAnnotations } from './own-annotations.ts';
import type { VolumeIntent } from './volume/file-items.ts';
import { parseMode } from './volume/volume-mode.ts';

/** What a pod asks for, read once; no later stage sees the strings. */
export interface Intents {
  /** Undefined where the annotation is absent. */
  readonly env: readonly EnvIntent[] | undefined;
  readonly volume: VolumeIntent | undefined;
  readonly ambassador: AmbassadorIntent | undefined;
  /** Names of the target containers; undefined means all. */
  readonly containers: readonly string[] | undefined;
  /** What an earlier pass injected. */
  readonly status: InjectionStatus;
}

const defaultMode = Number.parseInt(annotationKeys['volume-mode'].default, 8);

type Annotations = Readonly<Record<string, unknown>>;

/**
 * Reads a pod's annotations. Every error and warning goes into the findings; what could be read comes back all the
 * same, so that the plan can find what is wrong beyond it.
 */
export function parseAnnotations(annotations: Annotations, defaults: AmbassadorIntent, findings: Findings): Intents {
  const values = readOwnAnnotations(annotations, findings);
  const annotation = (name: AnnotationName) => values.get(name);

  read('inject', annotation('inject'), parseInject, false, findings);
  const env = annotation('env');
  const volume = annotation('volume');
  const containers = annotation('containers');
  for (const name of ['env', 'volume', 'containers'] as const) warnOfEmptyList(name, annotation(name), findings);
  warnOfOptionsWithoutEffect(values, findings);

  const options = parseAmbassadorOptions(annotation, defaults, findings);
  const path = read(
    'volume-path',
    annotation('volume-path'),
    parseVolumePath,
    annotationKeys['volume-path'].default,
    findings,
  );
  const mode = read('volume-mode', annotation('volume-mode')?.trim(), parseMode, defaultMode, findings);
  const ambassador = read('ambassador', annotation('ambassador'), parseAmbassador, false, findings);
  const named = containers === undefined ? [] : parseContainers(containers, findings);
  return {
    env: env === undefined ? undefined : parseEnvItems(env, findings),
    volume:
      volume === undefined
        ? undefined
        : { files: parseFileItems(volume, findings), mountPath: path, defaultMode: mode },
    ambassador: ambassador ? options : undefined,
    containers: named.length > 0 ? named : undefined,
    status: parseStatus(annotation('status'), findings),
  };
}

/** The annotation's value as the parser reads it, or what stands without one; a wrong one gives an error and leaves that. */
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
  warn(findings, 'empty-list', name, 'it is empty and does nothing');
}

/** An option without the annotation that it belongs to; `containers` belongs to `env` and to `volume`. */
function warnOfOptionsWithoutEffect(values: ReadonlyMap<string, string>, findings: Findings): void {
  for (const name of annotationNames) {
    if (!values.has(name)) continue;
    const { optionOf } = annotationKeys[name] as AnnotationKey;
    if (optionOf === undefined || values.has(optionOf)) continue;
    if (name === 'containers' && values.has('volume')) continue;
    const main =
      name === 'containers' ? `${annotationKey('env')} or ${annotationKey('volume')}` : annotationKey(optionOf);
    warn(findings, 'option-without-effect', name, `it does nothing without ${main}`);
  }
}
