import { parseList, splitItems } from '../../annotations/annotation-list.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import type { EnvSource } from '../../annotations/env-source.ts';
import { type ItemAnnotation, type ItemProblem, type ItemReading, splitItem } from '../../annotations/named-source.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { maxShown, printable, quote } from '../../diagnostics/text.ts';
import { type EnvIntent, readEnvItem } from '../env/env-items.ts';
import { type FileIntent, readFileItem } from '../volume/file-items.ts';
import { itemError, itemErrors } from './item-error.ts';
import { repairItem } from './item-repair.ts';

/** Parses the annotation `env`, in its order. An invalid item is an error and gives no variable. */
export function parseEnvItems(value: string, findings: Findings): readonly EnvIntent[] {
  const intents = parseItems('env', value, readEnvItem, findings);
  for (const intent of intents) warnOfQuotedSource(intent, findings);
  return intents;
}

/** Parses the annotation `volume`, in its order. An invalid item is an error and gives no file. */
export function parseFileItems(value: string, findings: Findings): readonly FileIntent[] {
  return parseItems('volume', value, readFileItem, findings);
}

function parseItems<Intent extends { readonly source: EnvSource }>(
  annotation: ItemAnnotation,
  value: string,
  read: (item: string) => ItemReading<Intent>,
  findings: Findings,
): readonly Intent[] {
  const items = parseList(annotation, value, findings, splitItems);
  const intents: Intent[] = [];
  const invalid: InvalidItem[] = [];
  for (const item of items) {
    const reading = read(item);
    if (reading.kind !== 'intents') {
      invalid.push({ item, problem: reading });
      continue;
    }
    for (const intent of reading.intents) {
      intents.push(intent);
      warnOfWholeCores(annotation, item, intent.source, findings);
    }
  }
  if (invalid.length > 0) reportInvalid(annotation, items, invalid, findings);
  return intents;
}

interface InvalidItem {
  readonly item: string;
  readonly problem: ItemProblem;
}

const maxExplained = 100; // no message shows more errors, and suggestions take time

/** Reports invalid items. No suggestion has a name that another item or suggestion has. */
function reportInvalid(
  annotation: ItemAnnotation,
  items: readonly string[],
  invalid: readonly InvalidItem[],
  findings: Findings,
): void {
  const taken = new Set(items.flatMap((item) => splitItem(item).name ?? []));
  for (const [index, { item, problem }] of invalid.entries()) {
    if (index >= maxExplained) {
      findings.errors.push(() => itemError(annotation, item, 'it is invalid'));
      continue;
    }
    const suggestion = repairItem(annotation, item, taken);
    for (const one of splitItems(suggestion ?? '')) taken.add(splitItem(one).name ?? '');
    for (const error of itemErrors({ annotation, item, problem, suggestion }, taken)) findings.errors.push(error);
  }
}

/** Warns about a cpu resource with a name but without a divisor: Kubernetes then counts whole cores, and so does Downlink. */
function warnOfWholeCores(annotation: ItemAnnotation, item: string, source: EnvSource, findings: Findings): void {
  if (source.kind !== 'resource' && source.kind !== 'fraction') return;
  if (!source.resource.endsWith('.cpu') || source.divisor !== undefined) return;
  const suggestion = `${item}/1m`;
  const millicores = suggestion.length <= maxShown ? quote(suggestion) : 'with "/1m" after it, it';
  const rounded = source.kind === 'fraction' ? 'rounded down, often to 0' : 'rounded up';
  addWarning(
    findings,
    'whole-cores',
    annotation,
    `${quote(item)} counts whole cores, ${rounded}; ${millicores} counts millicores`,
  );
}

/** Warns about a text that would be a source without its quotes: `POD="metadata.name"`. */
function warnOfQuotedSource({ name, source }: EnvIntent, findings: Findings): void {
  if (source.kind !== 'text' || source.text.length > maxShown) return;
  const item = `${name}=${source.text}`;
  if (/^["']/.test(source.text) || readEnvItem(item).kind !== 'intents') return;
  addWarning(
    findings,
    'quoted-source',
    'env',
    `${printable(name)} is the text ${quote(source.text)}; for the source, write ${quote(item)}`,
  );
}
