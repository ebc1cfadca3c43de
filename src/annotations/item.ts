import type { FieldError } from '../field-error.ts';
import { type Findings, warn } from '../findings.ts';
import { quote } from '../text.ts';
import { type Availability, availability, type DownwardSource, parseDownwardSource } from './downward-source.ts';
import { annotationField, annotationKey } from './keys.ts';

/** An item of `env` or `volume` that is no group: `[name=]source`. */
export interface NamedSource {
  /** The user's NAME or path; undefined where none was given. */
  readonly name: string | undefined;
  readonly source: DownwardSource;
}

export type ItemAnnotation = 'env' | 'volume';

const words = {
  env: { name: 'NAME', example: 'POD_NAME=metadata.name', other: 'volume', offered: 'as a file only' },
  volume: { name: 'path', example: 'podName=metadata.name', other: 'env', offered: 'as a variable only' },
} as const satisfies Record<ItemAnnotation, object>;

/** Reads `[name=]source`, for the annotation whose item it is. Only the first `=` separates. */
export function parseItem(
  annotation: ItemAnnotation,
  item: string,
  groups: readonly string[],
): NamedSource | FieldError {
  const { name: nameWord, example, other, offered } = words[annotation];
  const equals = item.indexOf('=');
  const name = equals < 0 ? undefined : item.slice(0, equals).trim();
  const text = item.slice(equals + 1).trim();
  if (name === '')
    return itemError(annotation, item, `the ${nameWord} before "=" is missing; for example ${quote(example)}`);
  if (text === '') return itemError(annotation, item, `the source after "=" is missing; for example ${quote(example)}`);
  if (name !== undefined && groups.includes(text)) {
    return itemError(annotation, item, `the group ${quote(text)} takes no ${nameWord}; write ${quote(text)}`);
  }
  const source = parseDownwardSource(text);
  if ('problem' in source) {
    const suggestion = source.suggestion ?? (name === undefined ? nearestGroup(text, groups) : undefined);
    const whole = suggestion === undefined ? undefined : name === undefined ? suggestion : `${name}=${suggestion}`;
    return itemError(
      annotation,
      item,
      whole === undefined ? source.problem : `${source.problem}; did you mean ${quote(whole)}?`,
    );
  }
  const offers: Availability = availability(source);
  if (offers !== 'both' && offers !== annotation) {
    return itemError(annotation, item, `Kubernetes offers it ${offered}; move it to ${annotationKey(other)}`);
  }
  return { name, source };
}

export function itemError(annotation: ItemAnnotation, item: string, detail: string): FieldError {
  return { field: annotationField(annotation), kind: 'Invalid', value: item, detail };
}

function nearestGroup(text: string, groups: readonly string[]): string | undefined {
  return groups.find((group) => group === text.toLowerCase() || `${group}s` === text || group === `${text}s`);
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
