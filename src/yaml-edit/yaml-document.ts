import { type Document, isMap, isScalar, type Pair, type ParsedNode, parseDocument, visit, type YAMLError } from 'yaml';
import { messageOf } from '../diagnostics/text.ts';
import { goYamlTags } from './go-yaml-tags.ts';
import { endOfLine, startOfLine } from './text-lines.ts';
import type { SourceDocument } from './yaml-stream.ts';

/** A parsed document. */
export interface YamlDocument extends SourceDocument {
  readonly yaml: Document.Parsed<ParsedNode>;
  /** The document's value as in JSON; undefined if it is empty. */
  readonly value: unknown;
  /** The anchors that an alias refers to. An edit of an anchored node would also change the places of its aliases. */
  readonly sharedAnchors: ReadonlySet<string>;
}

/** Why a document cannot be read. */
export interface ReadFailure {
  readonly kind: 'failure';
  /** In characters from the beginning of the stream. */
  readonly offset: number;
  readonly problem: string;
  /** Whether it is a template, which must be rendered first. */
  readonly isTemplate: boolean;
}

export type ReadResult = { readonly kind: 'document'; readonly document: YamlDocument } | ReadFailure;

/**
 * Reads one document. `syntax` only checks that it is YAML and leaves its value undefined; `value` also reads its value
 * and keeps what edits need.
 */
export function readDocument(source: SourceDocument, depth: 'syntax' | 'value'): ReadResult {
  const isValue = depth === 'value';
  const yaml = parseDocument<ParsedNode>(source.text, {
    version: '1.1',
    merge: true,
    customTags: goYamlTags,
    uniqueKeys: false, // the parser compares each key of a map with every other key; see findDuplicateKey
    logLevel: 'error',
    prettyErrors: false,
    keepSourceTokens: isValue, // they have the offsets of dashes
  });
  const fail = (offset: number, problem: string, isTemplate = false): ReadFailure => ({
    kind: 'failure',
    offset: source.offset + offset,
    problem,
    isTemplate,
  });
  const [error] = yaml.errors;
  const template = source.text.includes('{{') ? findTemplate(yaml, source.text, error) : undefined;
  if (template !== undefined) return fail(template, unrenderedTemplate, true);
  if (error !== undefined) return fail(error.pos[0], firstLine(error));
  if (!isValue) return { kind: 'document', document: { ...source, yaml, value: undefined, sharedAnchors: new Set() } };
  const duplicate = findDuplicateKey(yaml);
  if (duplicate !== undefined) return fail(duplicate, 'duplicate key: the map already has this key');
  try {
    const value: unknown = yaml.toJS() ?? undefined;
    return { kind: 'document', document: { ...source, yaml, value, sharedAnchors: sharedAnchorsOf(yaml) } };
  } catch (cause) {
    return fail(0, messageOf(cause));
  }
}

const unrenderedTemplate = 'this is a template ("{{"); render it first, for example with helm template';

function sharedAnchorsOf(yaml: Document.Parsed<ParsedNode>): ReadonlySet<string> {
  const shared = new Set<string>();
  visit(yaml, {
    Alias: (_, { source }) => {
      shared.add(source);
    },
  });
  return shared;
}

/** Finds the braces of a template outside strings and comments. */
function findTemplate(
  yaml: Document.Parsed<ParsedNode>,
  text: string,
  error: YAMLError | undefined,
): number | undefined {
  if (error !== undefined) {
    // if the braces caused the error, they are on its line or on the line before
    const lineBefore = startOfLine(text, Math.max(0, startOfLine(text, error.pos[0]) - 1));
    const braces = text.indexOf('{{', lineBefore);
    return braces >= 0 && braces < endOfLine(text, error.pos[0]) ? braces : undefined;
  }
  let found: number | undefined;
  visit(yaml, {
    Pair: (_, pair: Pair) => {
      const key = pair.key;
      if (!isMap(key) || !key.range || text.charAt(key.range[0] - 1) !== '{') return undefined;
      found = key.range[0] - 1;
      return visit.BREAK;
    },
  });
  return found;
}

/** Finds the first key that an earlier key of its map equals. */
function findDuplicateKey(yaml: Document.Parsed<ParsedNode>): number | undefined {
  let found: number | undefined;
  visit(yaml, {
    Map: (_, map) => {
      const keys = new Set<unknown>();
      const duplicate = map.items.find(({ key }) => isScalar(key) && (keys.has(key.value) || !keys.add(key.value)));
      if (duplicate === undefined) return undefined;
      found = (duplicate.key as ParsedNode).range[0];
      return visit.BREAK;
    },
  });
  return found;
}

/** Returns the parser's message without the code excerpt below it. */
function firstLine({ message }: YAMLError): string {
  const [first = ''] = message.split('\n');
  return first.includes('call stack') ? 'its values are nested too deeply' : first;
}
