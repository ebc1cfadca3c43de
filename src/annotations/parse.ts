import type { FieldError } from '../field-error.ts';
import type { Findings } from '../findings.ts';
import { nearest, quote } from '../text.ts';
import { type AmbassadorIntent, parseAmbassadorOptions, unsupported } from './ambassador-options.ts';
import { type EnvIntent, parseEnvItems } from './env-items.ts';
import { type FileIntent, parseFileItems } from './file-items.ts';
import {
  type AnnotationKey,
  type AnnotationName,
  annotationField,
  annotationKey,
  annotationKeys,
  annotationNames,
  annotationPrefix,
} from './keys.ts';
import { isEmptyList, parseList } from './list.ts';
import { type InjectionStatus, parseStatus } from './status.ts';
import { warn } from './warn.ts';

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

export interface VolumeIntent {
  readonly files: readonly FileIntent[];
  readonly mountPath: string;
  /** Permission bits, 0 to 0o777. */
  readonly defaultMode: number;
}

type Annotations = Readonly<Record<string, unknown>>;

/**
 * Reads a pod's annotations. Every error and warning goes into the findings; what could be read comes back all the
 * same, so that the plan can find what is wrong beyond it.
 */
export function parseAnnotations(annotations: Annotations, defaults: AmbassadorIntent, findings: Findings): Intents {
  const values = readOwn(annotations, findings);
  const annotation = (name: AnnotationName) => values.get(name);

  const inject = annotation('inject');
  if (inject !== undefined) addError('inject', inject, unsupported(inject, ['false']), findings);
  const env = annotation('env');
  const volume = annotation('volume');
  const containers = annotation('containers');
  for (const name of ['env', 'volume', 'containers'] as const) warnOfEmptyList(name, annotation(name), findings);
  warnOfOptionsWithoutEffect(values, findings);

  const options = parseAmbassadorOptions(annotation, defaults, findings);
  const path = parseVolumePath(annotation('volume-path'), findings);
  const mode = parseVolumeMode(annotation('volume-mode'), findings);
  const named = containers === undefined ? [] : parseList('containers', containers, findings);
  return {
    env: env === undefined ? undefined : parseEnvItems(env, findings),
    volume:
      volume === undefined
        ? undefined
        : { files: parseFileItems(volume, findings), mountPath: path, defaultMode: mode },
    ambassador: parseAmbassador(annotation('ambassador'), findings) ? options : undefined,
    containers: named.length > 0 ? named : undefined,
    status: parseStatus(annotation('status'), findings),
  };
}

/**
 * Our annotations by name without the prefix, in the order of their keys, as an API server sends them and a manifest
 * need not. An unknown one, or one that is no string, is an error.
 */
function readOwn(annotations: Annotations, findings: Findings): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const ours = Object.keys(annotations).filter((key) => key.startsWith(annotationPrefix));
  for (const key of ours.sort()) {
    const name = key.slice(annotationPrefix.length);
    const value = annotations[key];
    if (!Object.hasOwn(annotationKeys, name)) {
      findings.errors.push(() => unknownAnnotation(name));
    } else if (typeof value !== 'string') {
      findings.errors.push(() => notAString(name as AnnotationName, value));
    } else {
      values.set(name, value);
    }
  }
  return values;
}

function unknownAnnotation(name: string): FieldError {
  const near = nearest(name, annotationNames) as AnnotationName | undefined;
  const hint = near === undefined ? `known are ${annotationNames.join(', ')}` : `did you mean ${annotationKey(near)}?`;
  return { field: annotationField(name), kind: 'Forbidden', detail: `unknown annotation; ${hint}` };
}

/** An API server has decoded the pod already; a manifest on disk can hold anything, however deeply nested. */
function notAString(name: AnnotationName, value: unknown): FieldError {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  const right = quote(isScalar ? String(value) : annotationKeys[name].example);
  return {
    field: annotationField(name),
    kind: 'Invalid',
    ...(isScalar && { value: String(value) }),
    detail: `must be a string; write ${right}, with the quotes`,
  };
}

function parseAmbassador(value: string | undefined, findings: Findings): boolean {
  if (value !== undefined && value !== 'true' && value !== 'false') {
    addError('ambassador', value, unsupported(value, ['true', 'false']), findings);
  }
  return value === 'true';
}

function parseVolumePath(value: string | undefined, findings: Findings): string {
  if (value === undefined) return annotationKeys['volume-path'].default;
  const trimmed = value.trim();
  const path = trimmed.endsWith('/') ? trimmed.slice(0, -1) : trimmed;
  const elements = path.split('/').slice(1);
  const plain =
    path.startsWith('/') && elements.every((element) => element !== '' && element !== '.' && element !== '..');
  if (plain && path.length <= 4096 && !/[:\p{Cc}]/u.test(path)) return path;
  const detail = 'must be an absolute path without ":", empty, "." or ".." elements, for example "/etc/podinfo"';
  addError('volume-path', value, { kind: 'Invalid', detail }, findings);
  return annotationKeys['volume-path'].default;
}

function parseVolumeMode(value: string | undefined, findings: Findings): number {
  const mode = value?.trim() ?? annotationKeys['volume-mode'].default;
  if (/^0[0-7]{3}$/.test(mode)) return Number.parseInt(mode, 8);
  const hint = /^[0-7]{3}$/.test(mode) ? `did you mean "0${mode}"?` : 'for example "0444"';
  addError('volume-mode', mode, { kind: 'Invalid', detail: `must be octal, from 0000 to 0777; ${hint}` }, findings);
  return Number.parseInt(annotationKeys['volume-mode'].default, 8);
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

function addError(
  name: AnnotationName,
  value: string,
  problem: { readonly kind: 'Invalid' | 'NotSupported'; readonly detail: string },
  findings: Findings,
): void {
  findings.errors.push({ field: annotationField(name), value, ...problem });
}
