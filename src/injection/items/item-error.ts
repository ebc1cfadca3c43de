import { annotationField, annotationKey } from '../../annotations/annotation-keys.ts';
import { computeResources, fieldPaths, type SourceProblem } from '../../annotations/downward-source.ts';
import {
  type ItemAnnotation,
  type ItemProblem,
  joinItem,
  resourcesGroup,
  splitItem,
} from '../../annotations/named-source.ts';
import type { FieldError } from '../../diagnostics/field-error.ts';
import { maxShown, quote } from '../../diagnostics/text.ts';
import { envGroups } from '../env/env-items.ts';
import { fileGroups } from '../volume/file-items.ts';
import {
  isRight,
  maxLength,
  maxParts,
  newName,
  otherSeparators,
  partsOf,
  readItem,
  repairItem,
  withColon,
} from './item-repair.ts';

const words = {
  env: {
    name: 'NAME',
    example: 'POD_NAME=metadata.name',
    keyExample: "APP=metadata.labels['app']",
    resource: 'limits.cpu',
    other: 'volume',
    offered: 'as a file only',
    groups: Object.keys(envGroups),
  },
  volume: {
    name: 'path',
    example: 'podName=metadata.name',
    keyExample: "app=metadata.labels['app']",
    resource: 'main:limits.cpu',
    other: 'env',
    offered: 'as a variable only',
    groups: Object.keys(fileGroups),
  },
} as const satisfies Record<ItemAnnotation, object>;

/** An item that cannot be read. */
export interface WrongItem {
  readonly annotation: ItemAnnotation;
  readonly item: string;
  readonly problem: ItemProblem;
  /** What it could be instead. */
  readonly right: string | undefined;
}

/**
 * Returns the errors of an item: usually one; for several items without commas between them, also those of the wrong ones. Every
 * item that a message suggests parses without an error. Suggested names avoid the taken ones.
 */
export function itemErrors(wrong: WrongItem, taken: ReadonlySet<string>): readonly FieldError[] {
  const { annotation, item, right } = wrong;
  const between = 'items are separated by commas or newlines';
  if (right?.includes(', ')) return [itemError(annotation, item, `${between}; write ${quote(right)}`)];
  const areItems = right === undefined && item.length <= maxLength && !/['"[]/.test(item);
  const parts = areItems ? partsOf(item, otherSeparators) : [];
  if (parts.length < 2 || parts.length > maxParts) return [itemError(annotation, item, detailOf(wrong, taken))];
  const ofParts = parts.flatMap((part) => {
    const problem = readItem(annotation, part);
    if (problem.kind === 'intents') return [];
    return itemErrors({ annotation, item: part, problem, right: repairItem(annotation, part, taken) }, taken);
  });
  return [itemError(annotation, item, between), ...ofParts];
}

/** An error about an item. */
export function itemError(annotation: ItemAnnotation, item: string, detail: string): FieldError {
  return { field: annotationField(annotation), kind: 'Invalid', value: item, detail };
}

function detailOf(wrong: WrongItem, taken: ReadonlySet<string>): string {
  const { annotation, item, problem, right } = wrong;
  const { name: nameWord, example, keyExample, resource, offered } = words[annotation];
  const write = right === undefined ? undefined : `write ${quote(right)}`;
  const { name } = splitItem(item);
  switch (problem.kind) {
    case 'name-missing':
      return `the ${nameWord} before "=" is missing; for example ${quote(example)}`;
    case 'source-missing':
      return `the source after "=" is missing; for example ${quote(example)}`;
    case 'container-missing':
      return `the container or the resource beside ":" is missing; for example ${quote(resource)}`;
    case 'container-of-variable':
    case 'container-without-resource':
      return aboutContainer(wrong);
    case 'group-with-name':
      return `the group ${quote(problem.group)} takes no ${nameWord}; ${write ?? 'leave it out'}`;
    case 'offered-elsewhere':
      return `Kubernetes offers it ${offered}; ${moved(annotation, item) ?? known(annotation, item)}`;
    case 'name-needed':
      return `it needs a ${nameWord}${write === undefined ? `, as in ${quote(keyExample)}` : `; ${write}`}`;
    case 'name-wrong':
      return `${annotation === 'env' ? '' : 'the path '}${quote(name ?? '')} ${problem.problem}${write === undefined ? '' : `; ${write}`}`;
    case 'container-wrong':
      return `the path ${quote(`${problem.container}/`)} ${problem.problem}`;
    case 'unknown-source':
      return aboutSource(wrong, problem, taken);
    default:
      return problem satisfies never;
  }
}

/** Explains a container prefix in front of something that takes none. */
function aboutContainer({ annotation, item, problem, right }: WrongItem): string {
  const why =
    problem.kind === 'container-of-variable'
      ? 'a variable shows its own container, only files take another'
      : `a container goes before a resource or the group "${resourcesGroup}" only`;
  if (right === undefined) return `${why}; ${moved(annotation, item) ?? known(annotation, item)}`;
  if (withColon(item) !== undefined)
    return `a ${words[annotation].name} is followed by "=" and not by ":"; write ${quote(right)}`;
  if (splitItem(right).container !== undefined) return `unknown resource; did you mean ${quote(right)}?`;
  return `${why}; write ${quote(right)}`;
}

function aboutSource(
  { annotation, item, right }: WrongItem,
  { problem, supported: others, example }: SourceProblem,
  taken: ReadonlySet<string>,
): string {
  const { other, offered } = words[annotation];
  if (isRight(other, item)) return `Kubernetes offers it ${offered}; move it to ${annotationKey(other)}`;
  if (right !== undefined) return `${problem}; did you mean ${quote(right)}?`;
  const { name, container } = splitItem(item);
  if (example !== undefined) {
    const own = joinItem({ name: name ?? newName(annotation, example, taken), container: undefined, source: example });
    const shown = own.length <= maxShown && isRight(annotation, own) ? own : words[annotation].keyExample;
    return `${problem}; a right one is ${quote(shown)}`;
  }
  if (others !== undefined) return `${problem}; ${others}`;
  const move = container === undefined ? moved(annotation, item) : undefined;
  return move === undefined ? `${problem}; ${known(annotation, item)}` : `Kubernetes offers it ${offered}; ${move}`;
}

/** Returns advice to use the item in the other annotation, corrected if necessary; undefined if it is wrong there, too. */
function moved(annotation: ItemAnnotation, item: string): string | undefined {
  const { other } = words[annotation];
  if (isRight(other, item)) return `move it to ${annotationKey(other)}`;
  const right = repairItem(other, item, new Set());
  return right === undefined ? undefined : `write ${quote(right)} in ${annotationKey(other)}`;
}

/** Lists what the item could be. Groups come first, since a warning may be cut at its end. */
function known(annotation: ItemAnnotation, item: string): string {
  const { name, container } = splitItem(item);
  const { groups, resource } = words[annotation];
  const isFile = container !== undefined && annotation === 'volume'; // a container goes before resources alone
  const resources = `limits and requests of ${listed([...computeResources, 'hugepages-<size>'])}`;
  if (isFile) return `known are ${resources}, as in ${quote(resource)}`;
  const fields = fieldPaths.filter((field) => isRight(annotation, `x=${field}`));
  const keys = ["metadata.labels['app']", "metadata.annotations['key']"];
  const named = name === undefined && container === undefined ? `the groups ${listed(groups)}, ` : '';
  return `known are ${named}the fields ${listed([...fields, ...keys])}, and ${resources}, as in "limits.cpu"`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
