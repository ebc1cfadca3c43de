import { looksLikeResource, parseDownwardSource } from '../../annotations/downward-source.ts';
import { parseEnvSource } from '../../annotations/env-source-syntax.ts';
import {
  type ItemAnnotation,
  type ItemParts,
  joinItem,
  resourcesGroup,
  splitItem,
} from '../../annotations/named-source.ts';
import { nearestSource } from '../../annotations/nearest-source.ts';
import { maxShown, nearest } from '../../diagnostics/text.ts';
import { isValid, itemAnnotations, maxLength, newName } from './item-reading.ts';
import { guessText, isTextItem, otherSeparators, repairText, withColon } from './text-repair.ts';

/**
 * Returns the item that was probably meant, or several items joined by commas. The result is valid and short enough for a message
 * to show it in full; undefined if there is no such guess. New names differ from the taken ones.
 */
export function repairItem(annotation: ItemAnnotation, item: string, taken: ReadonlySet<string>): string | undefined {
  if (item.length > maxLength) return undefined;
  if (isTextItem(annotation, item)) return repairText(annotation, item, taken, repairItem);
  for (const text of unwrapped(item)) {
    const repaired = repairItems(annotation, text, taken) ?? repairOne(annotation, text, taken);
    if (repaired !== undefined) return repaired;
  }
  return guessText(annotation, item, taken);
}

export const maxParts = 10; // the most items without commas between them that are split

/** Splits an item that contains several, and omits empty parts. */
export function partsOf(item: string, separator: RegExp): readonly string[] {
  return item
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

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
  const { groups, groupsWithName, repair } = itemAnnotations[annotation];
  const written = given.source.replace(/^[^'"[]*[:=]/, '').replace(/^[>\s"`'“‘«({$]+/, '');
  const name = given.name?.replace(/[\s:+-]+$/, '');
  const group = groups.includes(written) ? undefined : nearest(written, name ? groupsWithName : groups);
  const source = group ?? (isKnown(groups, written) ? written : guessSource(annotation, written));
  if (source === undefined) return undefined;
  const isOfContainer = annotation === 'volume' && (looksLikeResource(source) || source === resourcesGroup);
  const container = isOfContainer && given.container ? given.container : undefined;
  const parts = { name: undefined, container, source };
  if (groups.includes(source) && !(name && groupsWithName.includes(source))) return parts;
  if (name) return { ...parts, name: repair(name) };
  return isValid(annotation, joinItem(parts)) ? parts : { ...parts, name: newName(annotation, source, taken) };
}

function isKnown(groups: readonly string[], source: string): boolean {
  const isSource = (kind: string) => kind !== 'unknown-source' && kind !== 'wrong-text';
  return groups.includes(source) || isSource(parseEnvSource(source).kind);
}

/** Returns the source or group that was meant. A source may be written as the name of a variable: `POD_NAME`. */
function guessSource(annotation: ItemAnnotation, written: string): string | undefined {
  return itemAnnotations[annotation].sourceOf(written) ?? nearestSource(written);
}

/** Reads `metadata.name=POD` as `POD=metadata.name`. */
function swapped(text: string): ItemParts | undefined {
  const { name, container, source } = splitItem(text);
  if (name === undefined || container !== undefined || source.includes('.')) return undefined;
  if (parseDownwardSource(name).kind === 'unknown-source') return undefined;
  return { name: source, container, source: name };
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
