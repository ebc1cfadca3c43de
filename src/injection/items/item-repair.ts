import { splitList } from '../../annotations/annotation-list.ts';
import { describeSource, looksLikeResource, parseDownwardSource } from '../../annotations/downward-source.ts';
import {
  type ItemAnnotation,
  type ItemParts,
  type ItemReading,
  joinItem,
  resourcesGroup,
  splitItem,
} from '../../annotations/named-source.ts';
import { nearestSource } from '../../annotations/nearest-source.ts';
import { maxShown, nearest } from '../../diagnostics/text.ts';
import { type EnvIntent, envGroups, readEnvItem, repairName, sourceOfVariable, suggestName } from '../env/env-items.ts';
import {
  type FileIntent,
  fileGroups,
  readFileItem,
  repairPath,
  sourceOfPath,
  suggestPath,
} from '../volume/file-items.ts';

/** The differences between the two annotations. */
const annotations = {
  env: {
    read: readEnvItem,
    groups: Object.keys(envGroups),
    sourceOf: sourceOfVariable,
    repair: repairName,
    suggest: suggestName,
  },
  volume: {
    read: readFileItem,
    groups: Object.keys(fileGroups),
    sourceOf: sourceOfPath,
    repair: repairPath,
    suggest: suggestPath,
  },
} as const;

export const maxLength = 200; // characters; longer items are not repaired, which limits the work
export const maxParts = 10; // the most items without commas between them that are split

/** Parses an item of that annotation. */
export function readItem(annotation: ItemAnnotation, item: string): ItemReading<EnvIntent | FileIntent> {
  return annotations[annotation].read(item);
}

/** Reports whether the text is a valid value of the annotation. */
export function isValid(annotation: ItemAnnotation, text: string): boolean {
  const items = splitList(text);
  return items.length > 0 && items.every((item) => readItem(annotation, item).kind === 'intents');
}

/**
 * Returns the item that was probably meant, or several items joined by commas. The result is valid and short enough for a message
 * to show it in full; undefined if there is no such guess. New names differ from the taken ones.
 */
export function repairItem(annotation: ItemAnnotation, item: string, taken: ReadonlySet<string>): string | undefined {
  if (item.length > maxLength) return undefined;
  for (const text of unwrapped(item)) {
    const repaired = repairItems(annotation, text, taken) ?? repairOne(annotation, text, taken);
    if (repaired !== undefined) return repaired;
  }
  return undefined;
}

/** Splits an item that contains several, and omits empty parts. */
export function partsOf(item: string, separator: RegExp): readonly string[] {
  return item
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** What people write between items instead of a comma. */
export const otherSeparators = /[;|&，、]|\\n|\sand\s/;

function repairItems(annotation: ItemAnnotation, text: string, taken: ReadonlySet<string>): string | undefined {
  const isItem = (part: string) => part.includes('=') || isValid(annotation, part);
  const bySpaces = partsOf(text.replace(/\s*([=:])\s*/g, '$1'), /\s/);
  for (const parts of [partsOf(text, otherSeparators), bySpaces.every(isItem) ? bySpaces : []]) {
    if (parts.length < 2 || parts.length > maxParts) continue;
    const names = new Set([...taken, ...parts.flatMap((part) => splitItem(part).name ?? [])]);
    const repaired = parts.map((part) => {
      const valid = isValid(annotation, part) ? part : repairOne(annotation, part, names);
      names.add(splitItem(valid ?? '').name ?? '');
      return valid;
    });
    const whole = repaired.join(', ');
    if (!repaired.includes(undefined) && whole.length <= maxShown) return whole;
  }
  return undefined;
}

function repairOne(annotation: ItemAnnotation, text: string, taken: ReadonlySet<string>): string | undefined {
  const guesses = [withColon(text), swapped(text), splitItem(text)];
  for (const guess of guesses) {
    const parts = guess && repairParts(annotation, guess, taken);
    const repaired = parts && joinItem(parts);
    if (repaired !== undefined && repaired.length <= maxShown && isValid(annotation, repaired)) return repaired;
  }
  return undefined;
}

function repairParts(annotation: ItemAnnotation, given: ItemParts, taken: ReadonlySet<string>): ItemParts | undefined {
  const { groups, repair } = annotations[annotation];
  const written = given.source.replace(/^[^'"[]*[:=]/, '').replace(/^[>\s"`'“‘«({$]+/, '');
  const name = given.name?.replace(/[\s:+-]+$/, '');
  const group = groups.includes(written) || name ? undefined : nearest(written, groups);
  const source = group ?? (isKnown(groups, written) ? written : guessSource(annotation, written));
  if (source === undefined) return undefined;
  const isOfContainer = annotation === 'volume' && (looksLikeResource(source) || source === resourcesGroup);
  const container = isOfContainer && given.container ? given.container : undefined;
  const parts = { name: undefined, container, source };
  if (groups.includes(source)) return parts;
  if (name) return { ...parts, name: repair(name) };
  return isValid(annotation, joinItem(parts)) ? parts : { ...parts, name: newName(annotation, source, taken) };
}

function isKnown(groups: readonly string[], source: string): boolean {
  return groups.includes(source) || parseDownwardSource(source).kind !== 'unknown-source';
}

/** Returns the source or group that was meant. A source may be written as the name of a variable: `POD_NAME`. */
function guessSource(annotation: ItemAnnotation, written: string): string | undefined {
  return annotations[annotation].sourceOf(written) ?? nearestSource(written);
}

/** Returns a name for a source that is in no group. It is derived from the source, and no group uses it. */
export function newName(annotation: ItemAnnotation, source: string, taken: ReadonlySet<string>): string {
  const parsed = parseDownwardSource(source);
  const { suggest } = annotations[annotation];
  const name = suggest(parsed.kind === 'unknown-source' ? 'own' : describeSource(parsed));
  const isTaken = (one: string) => taken.has(one) || namesOfGroups[annotation].has(one);
  for (let number = 1; ; number++) {
    const one = number === 1 ? name : `${name}${annotation === 'env' ? '_' : '-'}${number}`;
    if (!isTaken(one)) return one;
  }
}

const namesOfGroups = {
  env: new Set(Object.values(envGroups).flatMap((group) => group.map(({ name }) => name))),
  volume: new Set(Object.values(fileGroups).flatMap((group) => group.map(({ path }) => path))),
} as const;

/** Reads `metadata.name=POD` as `POD=metadata.name`. */
function swapped(text: string): ItemParts | undefined {
  const { name, container, source } = splitItem(text);
  if (name === undefined || container !== undefined || source.includes('.')) return undefined;
  if (parseDownwardSource(name).kind === 'unknown-source') return undefined;
  return { name: source, container, source: name };
}

/** Fields of a variable in a manifest that contain its source. */
const manifestFields = /^(?:valueFrom|fieldRef|fieldPath|resourceFieldRef)$/;

/** Reads `POD: metadata.name` as `POD=metadata.name`. No container can have such a name. */
export function withColon(text: string): ItemParts | undefined {
  const { name, container, source } = splitItem(text);
  if (name !== undefined || container === undefined || /^[a-z0-9-]+$/.test(container)) return undefined;
  if (manifestFields.test(container)) return undefined;
  return { name: container, container: undefined, source };
}

/** Returns the item without the punctuation that YAML, JSON, and shells put around values, from the longest text to the shortest. */
function unwrapped(given: string): readonly string[] {
  const item = given.replace(/\s*(?:->|=>|:=)\s*/g, '=');
  const texts = [item];
  for (let text = item.replace(/^[\s"'`“‘„«[({$-]+/, ''); text !== ''; text = text.slice(0, -1)) {
    texts.push(text);
    if (!/[\s"'`”’“»\])},.]$/.test(text)) break;
  }
  return texts;
}
