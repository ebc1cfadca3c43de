import type { CollectionTag, ScalarTag, Tags } from 'yaml';

/**
 * Selects the YAML 1.1 types that Go's YAML library, which kubectl uses, supports: `yes` and `on` are true, `0644` is
 * octal, and `<<` merges. It supports neither timestamps nor sexagesimal numbers, and `e2` is not a number.
 * Source: https://github.com/kubernetes-sigs/yaml, goyaml.v2/resolve.go
 */
export const goYamlTags = (tags: Tags): Tags => [
  ...tags.filter((tag) => typeof tag === 'string' || !isReplaced(tag)),
  ...[octal, decimal],
];

function isReplaced({ tag, format, test }: ScalarTag | CollectionTag): boolean {
  if (tag === decimal.tag) return !(test instanceof RegExp && test.test('.nan')); // .nan and .inf are the same in Go
  return format === 'TIME' || tag === 'tag:yaml.org,2002:timestamp';
}

const octal = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text: string) => Number(text.replace(/[-+_]/g, '')) * (text.startsWith('-') ? -1 : 1),
} as const;

const decimal = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?|[-+]?\.[0-9]+)(?:[eE][-+]?[0-9][0-9_]*)?$/,
  /** A number that is too large remains text. */
  resolve: (text: string) => {
    const value = Number(text.replaceAll('_', ''));
    return Number.isFinite(value) ? value : text;
  },
} as const;
