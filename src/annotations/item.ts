import type { FieldError } from '../field-error.ts';
import type { Findings } from '../findings.ts';
import { nearest, quote } from '../text.ts';
import {
  type Availability,
  availability,
  type DownwardSource,
  looksLikeResource,
  parseDownwardSource,
  type SourceProblem,
} from './downward-source.ts';
import { annotationField, annotationKey } from './keys.ts';
import { warn } from './warn.ts';

/** An item of `env` or `volume` that is no group: `[name=]source`. */
export interface NamedSource {
  /** The user's NAME or path; undefined where none was given. */
  readonly name: string | undefined;
  readonly source: DownwardSource;
}

export type ItemAnnotation = 'env' | 'volume';

/** The one group that takes a container in front: files only. */
export const resourcesGroup = 'resources';

const words = {
  env: {
    name: 'NAME',
    example: 'POD_NAME=metadata.name',
    resource: 'limits.cpu',
    other: 'volume',
    offered: 'as a file only',
  },
  volume: {
    name: 'path',
    example: 'podName=metadata.name',
    resource: 'main:limits.cpu',
    other: 'env',
    offered: 'as a variable only',
  },
} as const satisfies Record<ItemAnnotation, object>;

/** Reads `[name=][container:]source`, for the annotation whose item it is. Only the first `=` separates. */
export function parseItem(
  annotation: ItemAnnotation,
  item: string,
  groups: readonly string[],
): NamedSource | FieldError {
  const { name: nameWord, example, resource, other, offered } = words[annotation];
  const error = (detail: string) => itemError(annotation, item, detail);
  const equals = item.indexOf('=');
  const name = equals < 0 ? undefined : item.slice(0, equals).trim();
  const text = item.slice(equals + 1).trim();
  if (name === '') return error(`the ${nameWord} before "=" is missing; for example ${quote(example)}`);
  if (text === '') return error(`the source after "=" is missing; for example ${quote(example)}`);

  const { container, rest } = splitPrefix(text);
  if (container === '' || rest === '') {
    return error(`the container or the resource beside ":" is missing; for example ${quote(resource)}`);
  }
  const write = (right: string) => quote(name === undefined || groups.includes(right) ? right : `${name}=${right}`);
  const parsed = groups.includes(rest) ? undefined : parseDownwardSource(rest, annotation);
  const suggestion = suggestionOf(parsed);
  if (container !== undefined && annotation === 'env') {
    return error(`a variable shows its own container, only files take another; write ${write(suggestion ?? rest)}`);
  }
  if (container !== undefined && rest !== resourcesGroup && !looksLikeResource(suggestion ?? rest)) {
    const right = write(suggestion ?? rest);
    return error(`a container goes before a resource or the group "${resourcesGroup}" only; write ${right}`);
  }
  if (parsed === undefined) return error(`the group ${quote(text)} takes no ${nameWord}; write ${quote(text)}`);
  if ('problem' in parsed) {
    const near = suggestion ?? (name === undefined ? nearest(rest, groups) : undefined);
    const prefix = container === undefined ? '' : `${container}:`;
    if (near !== undefined) return error(`${parsed.problem}; did you mean ${write(prefix + near)}?`);
    return error('known' in parsed.right ? `${parsed.problem}; ${parsed.right.known}` : parsed.problem);
  }
  const source = parsed.kind === 'resource' && container !== undefined ? { ...parsed, container } : parsed;
  const offers: Availability = availability(source);
  if (offers !== 'both' && offers !== annotation) {
    return error(`Kubernetes offers it ${offered}; move it to ${annotationKey(other)}`);
  }
  return { name, source };
}

/** `main:limits.cpu` is container `main` and `limits.cpu`. The quotes and brackets of a key stand in no container's name. */
export function splitPrefix(text: string): { readonly container: string | undefined; readonly rest: string } {
  const colon = text.indexOf(':');
  const container = text.slice(0, Math.max(colon, 0)).trim();
  if (colon < 0 || /['"[]/.test(container)) return { container: undefined, rest: text };
  return { container, rest: text.slice(colon + 1).trim() };
}

export function itemError(annotation: ItemAnnotation, item: string, detail: string): FieldError {
  return { field: annotationField(annotation), kind: 'Invalid', value: item, detail };
}

function suggestionOf(parsed: DownwardSource | SourceProblem | undefined): string | undefined {
  return parsed !== undefined && 'problem' in parsed && 'suggestion' in parsed.right
    ? parsed.right.suggestion
    : undefined;
}

/** Warns of a cpu under a name of the user's own without a divisor: Kubernetes then counts whole cores. */
export function warnOfWholeCores(
  annotation: ItemAnnotation,
  item: string,
  source: DownwardSource,
  findings: Findings,
): void {
  if (source.kind !== 'resource' || !source.resource.endsWith('.cpu') || source.divisor !== undefined) return;
  const detail = `${quote(item)} counts whole cores, rounded up; ${quote(`${item}/1m`)} counts millicores`;
  warn(findings, 'whole-cores', annotation, detail);
}
