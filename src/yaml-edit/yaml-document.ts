import {
  type CollectionTag,
  type Document,
  isMap,
  isScalar,
  type Pair,
  type ParsedNode,
  parseDocument,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLError,
} from 'yaml';
import { messageOf } from '../diagnostics/text.ts';
import { endOfLine, type SourceDocument, startOfLine } from './yaml-stream.ts';

/** A document that could be read. */
export interface ManifestDocument extends SourceDocument {
  readonly yaml: Document.Parsed<ParsedNode>;
  /** What it says, as JSON has it; undefined where it is empty. */
  readonly value: unknown;
  /** The anchors that some alias refers to: an edit of what has one would change another place, too. */
  readonly sharedAnchors: ReadonlySet<string>;
}

/** Why a document could not be read, and where: characters from the beginning of the manifest. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly problem: string;
}

/**
 * What the parser of kubectl takes from YAML 1.1: `yes` and `on` are true, `0644` is octal, `<<` merges. It knows neither
 * times nor numbers to the base of 60, and `e2` is no number. Source: https://github.com/kubernetes-sigs/yaml,
 * goyaml.v2/resolve.go
 */
const kubernetesTags = (tags: Tags): Tags => [
  ...tags.filter((tag) => typeof tag === 'string' || !otherNumbers(tag)),
  ...[octal, number],
];

function otherNumbers({ tag, format, test }: ScalarTag | CollectionTag): boolean {
  if (tag === number.tag) return !(test instanceof RegExp && test.test('.nan')); // .nan and .inf are the same
  return format === 'TIME' || tag === 'tag:yaml.org,2002:timestamp';
}

const octal = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text: string) => Number(text.replace(/[-+_]/g, '')) * (text.startsWith('-') ? -1 : 1),
} as const;

const number = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?|[-+]?\.[0-9]+)(?:[eE][-+]?[0-9][0-9_]*)?$/,
  /** One that is too large stays text. */
  resolve: (text: string) => {
    const value = Number(text.replaceAll('_', ''));
    return Number.isFinite(value) ? value : text;
  },
} as const;

const maxLength = 12 * 1024 * 1024; // characters of one document: reading 10 million takes 1.5 GB of memory

/** Reads one document. One without an annotation of ours only has to be YAML: what it says does not matter here. */
export function readDocument(source: SourceDocument, isOurs: boolean): ManifestDocument | SyntaxProblem {
  if (source.text.length > maxLength) return { offset: source.offset, problem: tooLong };
  const yaml = parseDocument<ParsedNode>(source.text, {
    version: '1.1',
    merge: true,
    customTags: kubernetesTags,
    uniqueKeys: false, // the parser compares each key of a map with every other one; see keyTwice
    logLevel: 'error',
    prettyErrors: false,
    keepSourceTokens: isOurs, // they tell where an item of a list begins
  });
  const [error] = yaml.errors;
  const template = source.text.includes('{{') ? templateIn(yaml, source.text, error) : undefined;
  if (template !== undefined) return { offset: source.offset + template, problem: helmTemplate };
  if (error !== undefined) return { offset: source.offset + error.pos[0], problem: sentence(error) };
  const twice = isOurs ? keyTwice(yaml) : undefined;
  if (twice !== undefined) return { offset: source.offset + twice, problem: 'the same key stands twice in one map' };
  if (!isOurs) return { ...source, yaml, value: undefined, sharedAnchors: new Set() };
  try {
    return { ...source, yaml, value: yaml.toJS() ?? undefined, sharedAnchors: sharedAnchorsOf(yaml) };
  } catch (cause) {
    return { offset: source.offset, problem: messageOf(cause) };
  }
}

function sharedAnchorsOf(yaml: Document.Parsed<ParsedNode>): ReadonlySet<string> {
  const shared = new Set<string>();
  visit(yaml, {
    Alias: (_, { source }) => {
      shared.add(source);
    },
  });
  return shared;
}

const tooLong = `one document has more than ${maxLength} characters; write the items of a List as documents of their own, with "---" between them`;
const helmTemplate = 'this is a template ("{{"), not a manifest; render it first, for example with helm template';

/** Where a template's braces stand outside of strings and comments; undefined where they do not. */
function templateIn(yaml: Document.Parsed<ParsedNode>, text: string, error: YAMLError | undefined): number | undefined {
  if (error !== undefined) {
    // a template's braces are where the parser stumbles: on that line, or on the one before it
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

/** Where the first key stands that its map has already; undefined where there is none. */
function keyTwice(yaml: Document.Parsed<ParsedNode>): number | undefined {
  let found: number | undefined;
  visit(yaml, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      const twice = map.items.find(({ key }) => isScalar(key) && (seen.has(key.value) || !seen.add(key.value)));
      if (twice === undefined) return undefined;
      found = (twice.key as ParsedNode).range[0];
      return visit.BREAK;
    },
  });
  return found;
}

/** The parser's own sentence, without the code that it shows below. */
function sentence({ message }: YAMLError): string {
  const [first = ''] = message.split('\n');
  return first.includes('call stack') ? 'its values are nested too deeply to be read' : first;
}
