import { availability, looksLikeResource, type SourceProblem } from './downward-source.ts';
import type { EnvSource } from './env-source.ts';
import type { VariableOnly } from './env-source-syntax.ts';
import type { TextProblem } from './quoted-text.ts';

export type ItemAnnotation = 'env' | 'volume';

/** The only group that can be preceded by a container. It is a group of `volume`. */
export const resourcesGroup = 'resources';

/** The parts of an item of `env` or `volume`, `[name=][container:]source`. */
export interface ItemParts {
  readonly name: string | undefined;
  readonly container: string | undefined;
  readonly source: string;
}

/** An item of `env` or `volume`, parsed. */
export type ParsedItem<Source extends EnvSource> =
  | ParsedGroup
  | { readonly kind: 'source'; readonly name: string | undefined; readonly source: Source }
  | ItemProblem;

export interface ParsedGroup {
  readonly kind: 'group';
  readonly name: string | undefined;
  readonly container: string | undefined;
  readonly group: string;
}

/** Why an item is invalid. */
export type ItemProblem =
  | SourceProblem
  | TextProblem
  | VariableOnly
  | { readonly kind: 'name-missing' | 'source-missing' | 'container-missing' }
  /** A variable cannot show a resource of another container. */
  | { readonly kind: 'container-of-variable' }
  | { readonly kind: 'container-without-resource' }
  | { readonly kind: 'group-with-name'; readonly group: string }
  /** Kubernetes offers the source to the other annotation only. */
  | { readonly kind: 'offered-elsewhere' }
  /** The source needs a name, because it is in no group. */
  | { readonly kind: 'name-needed' }
  | { readonly kind: 'name-wrong'; readonly problem: string }
  /** The container would also be the name of a directory, and is not valid as one. */
  | { readonly kind: 'container-wrong'; readonly container: string; readonly problem: string };

/** The intents of an item, or why it is invalid. */
export type ItemReading<Intent> = { readonly kind: 'intents'; readonly intents: readonly Intent[] } | ItemProblem;

/** Splits an item into its parts. Only the first `=` is a separator. */
export function splitItem(item: string): ItemParts {
  const equals = item.indexOf('=');
  const text = item.slice(equals + 1).trim();
  return { name: equals < 0 ? undefined : item.slice(0, equals).trim(), ...splitContainer(text) };
}

/** Splits `main:limits.cpu` into container and source. A colon within `metadata.labels['...']` is not a separator. */
function splitContainer(text: string): Omit<ItemParts, 'name'> {
  const colon = text.indexOf(':');
  const container = text.slice(0, Math.max(colon, 0)).trim();
  if (colon < 0 || /['"[]/.test(container)) return { container: undefined, source: text };
  return { container, source: text.slice(colon + 1).trim() };
}

/** Joins the parts of an item. */
export function joinItem({ name, container, source }: ItemParts): string {
  const prefix = container === undefined ? '' : `${container}:`;
  return `${name === undefined ? '' : `${name}=`}${prefix}${source}`;
}

/** Parses the syntax that the items of both annotations share. */
export function parseItem<Source extends EnvSource>(
  annotation: ItemAnnotation,
  item: string,
  groups: readonly string[],
  parseSource: (text: string) => Source | ItemProblem,
): ParsedItem<Source> {
  const { name, container, source: text } = splitItem(item);
  if (name === '') return { kind: 'name-missing' };
  if (text === '' && container === undefined) return { kind: 'source-missing' };
  if (container === '' || text === '') return { kind: 'container-missing' };
  if (container !== undefined) {
    if (annotation === 'env') return { kind: 'container-of-variable' };
    if (text !== resourcesGroup && !looksLikeResource(text)) return { kind: 'container-without-resource' };
  }
  if (groups.includes(text)) return { kind: 'group', name, container, group: text };
  const parsed = parseSource(text);
  switch (parsed.kind) {
    case 'field': {
      const offered = availability(parsed);
      if (offered !== 'both' && offered !== annotation) return { kind: 'offered-elsewhere' };
      return { kind: 'source', name, source: parsed };
    }
    case 'resource':
      return { kind: 'source', name, source: container === undefined ? parsed : { ...parsed, container } };
    case 'admission':
    case 'fraction':
    case 'text':
    case 'otel-resource-attributes':
    case 'otel-service-name':
      return { kind: 'source', name, source: parsed };
    default:
      return parsed;
  }
}

/** Returns the problem of a group that has a name although it takes none. */
export function groupWithName({ group, container }: ParsedGroup): ItemProblem {
  return { kind: 'group-with-name', group: container === undefined ? group : `${container}:${group}` };
}
