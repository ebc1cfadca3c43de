import { parseList, splitList } from '../../annotations/annotation-list.ts';
import { warn } from '../../annotations/annotation-warning.ts';
import { type ItemAnnotation, type ItemProblem, type ItemReading, splitItem } from '../../annotations/named-source.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { maxShown, quote } from '../../diagnostics/text.ts';
import { type EnvIntent, type EnvSource, readEnvItem } from '../env/env-items.ts';
import { type FileIntent, readFileItem } from '../volume/file-items.ts';
import { itemError, itemErrors } from './item-error.ts';
import { repairItem } from './item-repair.ts';

/** Reads the annotation `env`, in the order asked. An item that is wrong gives an error and no variable. */
export function parseEnvItems(value: string, findings: Findings): readonly EnvIntent[] {
  return parseItems('env', value, readEnvItem, findings);
}

/** Reads the annotation `volume`, in the order asked. An item that is wrong gives an error and no file. */
export function parseFileItems(value: string, findings: Findings): readonly FileIntent[] {
  return parseItems('volume', value, readFileItem, findings);
}

function parseItems<Intent extends { readonly source: EnvSource }>(
  annotation: ItemAnnotation,
  value: string,
  read: (item: string) => ItemReading<Intent>,
  findings: Findings,
): readonly Intent[] {
  const items = parseList(annotation, value, findings);
  const intents: Intent[] = [];
  const wrong: WrongItem[] = [];
  for (const item of items) {
    const reading = read(item);
    if (reading.kind !== 'intents') {
      wrong.push({ item, problem: reading });
      continue;
    }
    for (const intent of reading.intents) {
      intents.push(intent);
      warnOfWholeCores(annotation, item, intent.source, findings);
    }
  }
  if (wrong.length > 0) explain(annotation, items, wrong, findings);
  return intents;
}

interface WrongItem {
  readonly item: string;
  readonly problem: ItemProblem;
}

const maxExplained = 100; // no message shows more errors than that, and to find what was meant takes time

/** Adds the errors of wrong items. No suggestion takes a name that another item or suggestion has. */
function explain(
  annotation: ItemAnnotation,
  items: readonly string[],
  wrong: readonly WrongItem[],
  findings: Findings,
): void {
  const taken = new Set(items.flatMap((item) => splitItem(item).name ?? []));
  for (const [index, { item, problem }] of wrong.entries()) {
    if (index >= maxExplained) {
      findings.errors.push(() => itemError(annotation, item, 'it cannot be read'));
      continue;
    }
    const right = repairItem(annotation, item, taken);
    for (const one of splitList(right ?? '')) taken.add(splitItem(one).name ?? '');
    for (const error of itemErrors({ annotation, item, problem, right }, taken)) findings.errors.push(error);
  }
}

/** Warns of a cpu under a name of the user's own without a divisor: Kubernetes then counts whole cores. */
function warnOfWholeCores(annotation: ItemAnnotation, item: string, source: EnvSource, findings: Findings): void {
  if (source.kind !== 'resource' || !source.resource.endsWith('.cpu') || source.divisor !== undefined) return;
  const right = `${item}/1m`;
  const millicores = right.length <= maxShown ? quote(right) : 'with "/1m" behind it, it';
  warn(
    findings,
    'whole-cores',
    annotation,
    `${quote(item)} counts whole cores, rounded up; ${millicores} counts millicores`,
  );
}
