import { splitItems } from '../../annotations/annotation-list.ts';
import { type ItemAnnotation, type ItemParts, splitItem } from '../../annotations/named-source.ts';
import { nearestSource } from '../../annotations/nearest-source.ts';
import { closingQuote, quoteText, textMeant } from '../../annotations/quoted-text.ts';
import { maxShown } from '../../diagnostics/text.ts';
import { repairName } from '../env/env-items.ts';
import { isValid, newName } from './item-reading.ts';

type Repair = (annotation: ItemAnnotation, item: string, taken: ReadonlySet<string>) => string | undefined;

/** What people write between items instead of a comma. */
export const otherSeparators = /[;|&，、]|\\n|\sand\s/;

/** Reports whether an item gives a NAME to a text in any quotes, unless the quotes are around a source. */
export function isTextItem(annotation: ItemAnnotation, item: string): boolean {
  const { name, source } = partsOfText(item);
  const text = name ? textMeant(source) : undefined;
  return text !== undefined && !meansSource(annotation, text);
}

/** Returns the NAME and the text in quotes of `NAME="text"` and `NAME: "text"`. */
function partsOfText(item: string): ItemParts {
  return withColon(item) ?? splitItem(item);
}

function meansSource(annotation: ItemAnnotation, text: string): boolean {
  const source = text.trim();
  if (isValid(annotation, source) || isValid(annotation, `x=${source}`)) return true;
  return source.includes('.') && nearestSource(source) !== undefined;
}

/**
 * Returns the item of a text with the quotes and escapes that it needs. What looks like further items behind it becomes items of
 * their own. Undefined in `volume`, which takes no text.
 */
export function repairText(
  annotation: ItemAnnotation,
  item: string,
  taken: ReadonlySet<string>,
  repair: Repair,
): string | undefined {
  if (annotation === 'volume') return undefined;
  const { name = '', source } = partsOfText(item);
  const written = /^["'`“‘„«]/.test(name) ? source.slice(0, -1) : source; // the quotes are around the whole item
  const own = repairName(name.replace(/^["'`“‘„«]+|[\s:+-]+$/g, ''));
  const end = written.startsWith('"') ? closingQuote(written, 1) : -1;
  const behind = end < 0 ? '' : written.slice(end + 1);
  if (/^(?:\s|[;|&，、])/.test(behind)) {
    const others = behind.trim().replace(/^(?:[;|&，、]|and\s)\s*/, '');
    const items = isValid('env', others) || !others.includes('=') ? others : repair('env', others, taken);
    const all = items && `${textItem(own, textMeant(written.slice(0, end + 1)))}, ${items}`;
    if (all && isSuggestion(all)) return all;
  }
  const repaired = textItem(own, textMeant(written));
  return isSuggestion(repaired) ? repaired : undefined;
}

function textItem(name: string, text = ''): string {
  return `${name}=${quoteText(text)}`;
}

function isSuggestion(item: string): boolean {
  return item.length <= maxShown && isValid('env', item);
}

/** How sources begin. What begins so is no text without quotes. */
const sourceLike =
  /^[\s"'`($[{]*(?:metadata|meta|spec|status|limits?|requests?|container|workload|cluster|ambassador|labels?|annotations?|pod)\b/i;

/** Returns the text that an invalid item may be without its quotes: `LOG_LEVEL=debug`, `"hello"`. */
export function guessText(annotation: ItemAnnotation, item: string, taken: ReadonlySet<string>): string | undefined {
  if (annotation === 'volume') return undefined;
  const equals = item.indexOf('=');
  const colon = equals < 0 && withColon(item) !== undefined ? item.indexOf(':') : -1;
  const at = Math.max(equals, colon);
  const written = item.slice(at + 1).trim();
  const name = item.slice(0, Math.max(at, 0)).trim();
  const source = written.replace(/^[^:/]*:/, '');
  if (written === '' || sourceLike.test(written) || sourceLike.test(source)) return undefined;
  if (at < 0) {
    const text = /^"/.test(item) ? textMeant(item) : undefined;
    const named = text === undefined ? '' : textItem(newName('env', '""', taken), text);
    return isSuggestion(named) ? named : undefined;
  }
  if (name === '' || (otherSeparators.test(written) && written.includes('='))) return undefined;
  const repaired = textItem(repairName(name), textMeant(written) ?? written);
  return isSuggestion(repaired) ? repaired : undefined;
}

/** Reports whether a suggestion is a single text. */
export function isText(suggestion: string): boolean {
  return splitItems(suggestion).length === 1 && /^[^=]*="/.test(suggestion);
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
