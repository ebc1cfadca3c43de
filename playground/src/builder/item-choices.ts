import { splitItems } from '../../../src/annotations/annotation-list.ts';
import { formatDownwardSource } from '../../../src/annotations/downward-source.ts';
import { formatEnvSource } from '../../../src/annotations/env-source-syntax.ts';
import { envGroups, namedVariables, readEnvItem } from '../../../src/injection/env/env-items.ts';
import { fileGroups, readFileItem } from '../../../src/injection/volume/file-items.ts';

/** The annotations whose value is a list of items. */
export type ItemList = 'env' | 'volume';

/** A group that one tick requests, with the items that can also be ticked one by one. */
export interface GroupChoice {
  /** As in the annotation: `pod`. */
  readonly item: string;
  readonly title: string;
  readonly members: readonly MemberChoice[];
}

/** One variable or file. */
export interface MemberChoice {
  /** As in the annotation: `metadata.name`. */
  readonly item: string;
  /** The name of the variable, or the path of the file. */
  readonly name: string;
}

const envTitles: Readonly<Record<string, string>> = {
  pod: 'The pod',
  node: 'Its node',
  resources: 'Requests and limits',
  workload: 'Workload and container',
  topology: 'Zone and region',
  index: 'Index in a StatefulSet',
  otel: 'OpenTelemetry',
};
const fileTitles: Readonly<Record<string, string>> = {
  pod: 'The pod',
  labels: 'Labels of the pod',
  annotations: 'Annotations of the pod',
  resources: 'Requests and limits',
};

const inGroups = new Set(Object.keys(envTitles).flatMap((group) => (envGroups[group] ?? []).map(({ name }) => name)));
const otherVariables = namedVariables.filter(({ name }) => !inGroups.has(name) && name !== 'OTEL_SERVICE_NAME');

/** What the builder offers for each list, made from the groups of the engine. */
export const groupChoices: Readonly<Record<ItemList, readonly GroupChoice[]>> = {
  env: Object.entries(envTitles).map(([item, title]) => ({
    item,
    title,
    members: (envGroups[item] ?? []).map(({ name, source }) => ({
      item: shortest('env', name, formatEnvSource(source)),
      name,
    })),
  })),
  volume: Object.entries(fileTitles).map(([item, title]) => ({
    item,
    title,
    members: (fileGroups[item] ?? []).map(({ path, source }) => ({
      item: shortest('volume', path, formatDownwardSource(source)),
      name: path,
    })),
  })),
};

/** Variables that are in no group. */
export const singleVariables: readonly MemberChoice[] = otherVariables.map(({ name, source }) => ({
  item: formatEnvSource(source),
  name,
}));

/** Returns the source without the divisor that its group gives it anyway. */
function shortest(list: ItemList, name: string, source: string): string {
  const bare = source.replace(/\/[^/]*$/, '');
  return source !== bare && !source.includes("'") && namesOf(list, bare)[0] === name ? bare : source;
}

/** Returns the names of the variables, or the paths of the files, that an item stands for; none if it is a mistake. */
function namesOf(list: ItemList, item: string): readonly string[] {
  const reading = list === 'env' ? readEnvItem(item) : readFileItem(item);
  if (reading.kind !== 'intents') return [];
  return reading.intents.map((intent) => ('name' in intent ? intent.name : intent.path));
}

/** A list of items as the builder shows it. */
export interface ItemSelection {
  /** The items that are ticked: groups and members. */
  readonly ticked: ReadonlySet<string>;
  /** Everything else in the list, as the user wrote it. */
  readonly others: string;
}

const offered: Readonly<Record<ItemList, readonly string[]>> = {
  env: [
    ...groupChoices.env.flatMap(({ item, members }) => [item, ...members.map((one) => one.item)]),
    ...singleVariables.map(({ item }) => item),
  ],
  volume: groupChoices.volume.flatMap(({ item, members }) => [item, ...members.map((one) => one.item)]),
};

/** Reads the value of an annotation. */
export function readSelection(list: ItemList, value: string): ItemSelection {
  const items = itemsOf(list, value);
  const known = items.filter((item) => offered[list].includes(item));
  const others = items.filter((item) => !known.includes(item));
  return { ticked: new Set(known), others: others.join(', ') };
}

/** Returns the value with an item added at the end or removed. A group replaces those of its members that are there. */
export function withItem(list: ItemList, value: string, item: string, isTicked: boolean): string {
  const members = groupChoices[list].find((group) => group.item === item)?.members.map((one) => one.item) ?? [];
  const others = itemsOf(list, value).filter((one) => one !== item && !members.includes(one));
  return (isTicked ? [...others, item] : others).join(', ');
}

/** Returns the value with other items in place of those that the builder has no tick for. */
export function withOthers(list: ItemList, value: string, others: string): string {
  const kept = itemsOf(list, value).filter((item) => offered[list].includes(item));
  return [...kept, ...splitItems(others)].join(', ');
}

/** Returns the items of a value. `true` is written out, so that each of its groups has a tick. */
function itemsOf(list: ItemList, value: string): readonly string[] {
  const groups = list === 'env' ? ['pod', 'node', 'resources'] : groupChoices.volume.map(({ item }) => item);
  const items = splitItems(value).flatMap((item) => (item === 'true' ? groups : [canonical(list, item)]));
  return [...new Set(items)];
}

/** Returns the offered spelling of an item: `limits.cpu/1m` is `limits.cpu`. */
function canonical(list: ItemList, item: string): string {
  const bare = item.replace(/\/[^/]*$/, '');
  if (bare === item || !offered[list].includes(bare)) return item;
  return namesOf(list, item)[0] === namesOf(list, bare)[0] ? bare : item;
}
