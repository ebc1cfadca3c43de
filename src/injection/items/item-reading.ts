import { splitItems } from '../../annotations/annotation-list.ts';
import { describeEnvSource, parseEnvSource } from '../../annotations/env-source-syntax.ts';
import type { ItemAnnotation, ItemReading } from '../../annotations/named-source.ts';
import {
  type EnvIntent,
  envGroups,
  groupsWithName,
  namedVariables,
  readEnvItem,
  repairName,
  sourceOfVariable,
  suggestName,
} from '../env/env-items.ts';
import {
  type FileIntent,
  fileGroups,
  readFileItem,
  repairPath,
  sourceOfPath,
  suggestPath,
} from '../volume/file-items.ts';

/** The differences between the two annotations. */
export const itemAnnotations = {
  env: {
    read: readEnvItem,
    groups: Object.keys(envGroups),
    groupsWithName,
    sourceOf: sourceOfVariable,
    repair: repairName,
    suggest: suggestName,
  },
  volume: {
    read: readFileItem,
    groups: Object.keys(fileGroups),
    groupsWithName: [] as readonly string[],
    sourceOf: sourceOfPath,
    repair: repairPath,
    suggest: suggestPath,
  },
} as const;

export const maxLength = 200; // characters; longer items are not repaired, which limits the work

/** Parses an item of that annotation. */
export function readItem(annotation: ItemAnnotation, item: string): ItemReading<EnvIntent | FileIntent> {
  return itemAnnotations[annotation].read(item);
}

/** Reports whether the text is a valid value of the annotation. */
export function isValid(annotation: ItemAnnotation, text: string): boolean {
  const items = splitItems(text);
  return items.length > 0 && items.every((item) => readItem(annotation, item).kind === 'intents');
}

/** Returns a name for a source that is in no group. It is derived from the source, and no group uses it. */
export function newName(annotation: ItemAnnotation, source: string, taken: ReadonlySet<string>): string {
  const parsed = parseEnvSource(source);
  const { suggest } = itemAnnotations[annotation];
  const name = suggest(
    parsed.kind === 'unknown-source' || parsed.kind === 'wrong-text' ? 'own' : describeEnvSource(parsed),
  );
  const isTaken = (one: string) => taken.has(one) || namesOfGroups[annotation].has(one);
  for (let number = 1; ; number++) {
    const one = number === 1 ? name : `${name}${annotation === 'env' ? '_' : '-'}${number}`;
    if (!isTaken(one)) return one;
  }
}

const namesOfGroups = {
  env: new Set(namedVariables.map(({ name }) => name)),
  volume: new Set(Object.values(fileGroups).flatMap((group) => group.map(({ path }) => path))),
} as const;
