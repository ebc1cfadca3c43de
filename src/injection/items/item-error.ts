import { annotationField, annotationKey } from '../../annotations/annotation-keys.ts';
import { splitItems } from '../../annotations/annotation-list.ts';
import { computeResources, fieldPaths, type SourceProblem } from '../../annotations/downward-source.ts';
import { admissionSources } from '../../annotations/env-source.ts';
import {
  type ItemAnnotation,
  type ItemProblem,
  joinItem,
  resourcesGroup,
  splitItem,
} from '../../annotations/named-source.ts';
import type { FieldError } from '../../diagnostics/field-error.ts';
import { maxShown, quote, quoteItem } from '../../diagnostics/text.ts';
import { envGroups } from '../env/env-items.ts';
import { fileGroups } from '../volume/file-items.ts';
import { isValid, maxLength, newName, readItem } from './item-reading.ts';
import { maxParts, partsOf, repairItem } from './item-repair.ts';
import { isText, otherSeparators, withColon } from './text-repair.ts';

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

const textExample = `for example ${quoteItem('NAME="text"')}`;

/** An invalid item. */
export interface InvalidItem {
  readonly annotation: ItemAnnotation;
  readonly item: string;
  readonly problem: ItemProblem;
  /** The item that was probably meant. */
  readonly suggestion: string | undefined;
}

/**
 * Returns the errors about an item: usually one; for several items without commas between them, also those of the invalid ones.
 * Every item that a message suggests is valid. Suggested names differ from the taken ones.
 */
export function itemErrors(invalid: InvalidItem, taken: ReadonlySet<string>): readonly FieldError[] {
  const { annotation, item, suggestion } = invalid;
  const between = 'items are separated by commas or newlines';
  if (suggestion !== undefined && splitItems(suggestion).length > 1) {
    return [itemError(annotation, item, `${between}; write ${quoteItem(suggestion)}`)];
  }
  const areItems = suggestion === undefined && item.length <= maxLength && !/['"[]/.test(item);
  const parts = areItems ? partsOf(item, otherSeparators) : [];
  if (parts.length < 2 || parts.length > maxParts) return [itemError(annotation, item, detailOf(invalid, taken))];
  const ofParts = parts.flatMap((part) => {
    const problem = readItem(annotation, part);
    if (problem.kind === 'intents') return [];
    return itemErrors({ annotation, item: part, problem, suggestion: repairItem(annotation, part, taken) }, taken);
  });
  return [itemError(annotation, item, between), ...ofParts];
}

/** Returns an error about an item. */
export function itemError(annotation: ItemAnnotation, item: string, detail: string): FieldError {
  return { field: annotationField(annotation), kind: 'Invalid', value: item, detail };
}

function detailOf(invalid: InvalidItem, taken: ReadonlySet<string>): string {
  const { annotation, item, problem, suggestion } = invalid;
  const { name: nameWord, example, keyExample, resource, offered } = words[annotation];
  const write = suggestion === undefined ? undefined : `write ${quoteItem(suggestion)}`;
  const { name, source } = splitItem(item);
  if (suggestion !== undefined && withColon(item) === undefined && isText(suggestion) !== /^["'`“‘„«]/.test(source)) {
    return isText(suggestion)
      ? `unknown source; for a text, ${write}`
      : `unknown source; did you mean ${quoteItem(suggestion)}?`;
  }
  switch (problem.kind) {
    case 'name-missing':
      return `the ${nameWord} before "=" is missing; for example ${quote(example)}`;
    case 'source-missing':
      return `the source after "=" is missing; for example ${quote(example)}`;
    case 'container-missing':
      return `the container or the resource is missing before or after ":"; for example ${quote(resource)}`;
    case 'container-of-variable':
    case 'container-without-resource':
      return explainContainer(invalid);
    case 'group-with-name':
      return `the group ${quote(problem.group)} takes no ${nameWord}; ${write ?? 'leave it out'}`;
    case 'offered-elsewhere':
      return `Kubernetes offers it ${offered}; ${adviceToMove(annotation, item) ?? supported(annotation, item)}`;
    case 'name-needed':
      return `it needs a ${nameWord}${write === undefined ? `, as in ${quote(keyExample)}` : `; ${write}`}`;
    case 'name-wrong':
      return `${annotation === 'env' ? '' : 'the path '}${quote(name ?? '')} ${problem.problem}${write === undefined ? '' : `; ${write}`}`;
    case 'container-wrong':
      return `the path ${quote(`${problem.container}/`)} ${problem.problem}`;
    case 'wrong-text':
      return `${problem.problem}; ${write ?? textExample}`;
    case 'variable-only':
      return `a file cannot hold it; ${adviceToMove(annotation, item) ?? supported(annotation, item)}`;
    case 'unknown-source':
      return explainSource(invalid, problem, taken);
    default:
      return problem satisfies never;
  }
}

/** Explains a container in front of a source that takes none. */
function explainContainer({ annotation, item, problem, suggestion }: InvalidItem): string {
  const isKnownAtAdmission = admissionSources.some((source) => source === splitItem(suggestion ?? '').source);
  const other = isKnownAtAdmission ? '' : ', and only a file can show another one';
  const why =
    problem.kind === 'container-of-variable'
      ? `a variable shows its own container${other}`
      : `only a resource and the group "${resourcesGroup}" take a container`;
  if (suggestion === undefined) return `${why}; ${adviceToMove(annotation, item) ?? supported(annotation, item)}`;
  if (withColon(item) !== undefined)
    return `a ${words[annotation].name} is followed by "=" and not by ":"; write ${quoteItem(suggestion)}`;
  if (splitItem(suggestion).container !== undefined) return `unknown resource; did you mean ${quoteItem(suggestion)}?`;
  return `${why}; write ${quoteItem(suggestion)}`;
}

function explainSource(
  { annotation, item, suggestion }: InvalidItem,
  { problem, supported: others, example }: SourceProblem,
  taken: ReadonlySet<string>,
): string {
  const { other, offered } = words[annotation];
  if (isValid(other, item)) return `Kubernetes offers it ${offered}; move it to ${annotationKey(other)}`;
  if (suggestion !== undefined) return `${problem}; did you mean ${quoteItem(suggestion)}?`;
  const { name, container } = splitItem(item);
  if (example !== undefined) {
    const own = joinItem({ name: name ?? newName(annotation, example, taken), container: undefined, source: example });
    const shown = own.length <= maxShown && isValid(annotation, own) ? own : words[annotation].keyExample;
    return `${problem}; for example ${quote(shown)}`;
  }
  if (others !== undefined) return `${problem}; ${others}`;
  const move = container === undefined ? adviceToMove(annotation, item) : undefined;
  return move === undefined ? `${problem}; ${supported(annotation, item)}` : `Kubernetes offers it ${offered}; ${move}`;
}

/** Returns advice to move the item to the other annotation, corrected if necessary; undefined if it is invalid there, too. */
function adviceToMove(annotation: ItemAnnotation, item: string): string | undefined {
  const { other } = words[annotation];
  if (isValid(other, item)) return `move it to ${annotationKey(other)}`;
  const suggestion = repairItem(other, item, new Set());
  return suggestion === undefined ? undefined : `write ${quoteItem(suggestion)} in ${annotationKey(other)}`;
}

/** Lists what the item can be. Groups come first, because the end of a warning may be cut off. */
function supported(annotation: ItemAnnotation, item: string): string {
  const { name, container } = splitItem(item);
  const { groups, resource } = words[annotation];
  const isFile = container !== undefined && annotation === 'volume'; // only resources take a container
  const resources = `limits and requests of ${listed([...computeResources, 'hugepages-<size>'])}`;
  if (isFile) return `supported sources: ${resources}, as in ${quote(resource)}`;
  const fields = fieldPaths.filter((field) => isValid(annotation, `x=${field}`));
  const keys = ["metadata.labels['app']", "metadata.annotations['key']"];
  const named = name === undefined && container === undefined ? `the groups ${listed(groups)}, ` : '';
  return `supported sources: ${named}the fields ${listed([...fields, ...keys])}, and ${resources}, as in "limits.cpu"`;
}

/** Returns `a`, `a and b`, or `a, b and c`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
