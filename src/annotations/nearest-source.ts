import { distance } from 'fastest-levenshtein';
import { isQualifiedName } from '../kubernetes/object-names.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';
import { divisorsOf, fieldPaths, isResource } from './downward-source.ts';

const maxLength = 200; // characters; a misspelled source is shorter

/**
 * Returns the source that the text probably means, or undefined. Compares words, not just letters: `node.name` means
 * spec.nodeName, and `deployment.name` means no source at all.
 */
export function nearestSource(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  return nearestKey(text) ?? nearestResource(text) ?? nearestField(text);
}

/** Other names of the fields, in lower case and without punctuation. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  'metadata.name': ['name', 'podname'],
  'metadata.namespace': ['namespace', 'podnamespace', 'namespacename', 'ns'],
  'metadata.uid': ['uid', 'poduid', 'id', 'podid', 'uuid', 'poduuid'],
  'metadata.labels': ['labels', 'label', 'podlabels'],
  'metadata.annotations': ['annotations', 'annotation', 'podannotations'],
  'spec.nodeName': ['nodename', 'node'],
  'spec.serviceAccountName': ['serviceaccountname', 'serviceaccount'],
  'status.hostIP': ['hostip', 'nodeip'],
  'status.hostIPs': ['hostips', 'nodeips'],
  'status.podIP': ['podip', 'ip'],
  'status.podIPs': ['podips', 'ips'],
};
const fieldByWord = new Map(
  fieldPaths.flatMap((field) => [
    ...(synonyms[field] ?? []).map((word) => [word, field] as const),
    [lettersOf(field), field] as const,
  ]),
);
/** Words that resemble these names but mean something else. */
const otherWords = ['hostipc', 'hostpid', 'hostid', 'nodeid', 'nodeuid', 'podpid'];
const ofThePod = ['pod', 'pods', 'metadata', 'meta', 'spec', 'status', 'self', 'this', 'object', 'fieldref'];

function nearestField(text: string): string | undefined {
  if (/[^\w.\s/-]/.test(text)) return undefined;
  const words = withoutLeading(
    text.toLowerCase().split(/[._\s/-]+/),
    (word) => ofThePod.includes(word) || nearestWord(word, ['metadata', 'status']) !== undefined,
  );
  const letters = words.join('');
  const exact = fieldByWord.get(letters);
  if (exact !== undefined || words.length > 1 || otherWords.includes(letters)) return exact;
  return fieldByWord.get(nearestWord(letters, [...fieldByWord.keys()]) ?? '');
}

const looselySubscripted =
  /^(?:(?:pod|metadata|meta|spec|status)\.)*(label|annotation)s?(?:\.|\[|\(|:)\s*["']?([^"'\])]+?)["']?\s*[\])]?$/i;

/** Returns `metadata.labels['app']` for `label.app` and `metadata.labels[app]`. */
function nearestKey(text: string): string | undefined {
  const [, map, key = ''] = looselySubscripted.exec(text) ?? [];
  if (map === undefined || !isQualifiedName(key)) return undefined;
  return `metadata.${map.toLowerCase()}s['${key}']`;
}

const resourceWords: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  cpus: 'cpu',
  memory: 'memory',
  mem: 'memory',
  ephemeralstorage: 'ephemeral-storage',
  ephemeral: 'ephemeral-storage',
};
const listWords: Readonly<Record<string, string>> = {
  limits: 'limits',
  limit: 'limits',
  requests: 'requests',
  request: 'requests',
};
const ofTheContainer = ['resources', 'resource', 'container', 'containers', 'spec', 'resourcefieldref'];

/** Returns `limits.cpu` for `limit.cpu`, `cpu_limit`, and `resources.limits.CPU`. */
function nearestResource(text: string): string | undefined {
  const slash = text.indexOf('/');
  const head = slash < 0 ? text : text.slice(0, slash);
  const resource = isResource(head) ? head : namedResource(head);
  if (resource === undefined || slash < 0) return resource;
  const divisor = nearestDivisor(text.slice(slash + 1), divisorsOf(resource));
  return divisor === undefined ? undefined : `${resource}/${divisor}`;
}

function namedResource(head: string): string | undefined {
  const words = withoutLeading(
    head
      .replace(/([a-z])([A-Z])/g, '$1.$2')
      .toLowerCase()
      .split(/[._\s-]+/),
    (word) => ofTheContainer.includes(word),
  );
  for (const [list, name] of [
    [words[0], words.slice(1)],
    [words.at(-1), words.slice(0, -1)],
  ] as const) {
    const inList = listWords[nearestWord(list ?? '', Object.keys(listWords)) ?? ''];
    if (inList === undefined) continue;
    const hugePages = /\bhugepages-[1-9]\d{0,9}[KMGT]i\b/.exec(head)?.[0];
    const known = hugePages ?? resourceWords[nearestWord(name.join(''), Object.keys(resourceWords)) ?? ''];
    if (known !== undefined) return `${inList}.${known}`;
  }
  return undefined;
}

/** Returns the divisor that has the same value, or the one that a misspelling such as `1MB` or `Mi` means. */
function nearestDivisor(text: string, known: readonly string[]): string | undefined {
  const value = parseQuantity(text);
  const equal = known.find((divisor) => divisor === text || (value !== undefined && parseQuantity(divisor) === value));
  if (equal !== undefined) return equal;
  const letters = text.toLowerCase().replace(/b$/, '');
  return known.find((divisor) => [letters, `1${letters}`].includes(divisor.toLowerCase()));
}

/** Removes leading words that only say where a field is. Keeps at least one word. */
function withoutLeading(all: readonly string[], isPlace: (word: string) => boolean): readonly string[] {
  const words = all.filter((word) => word !== '');
  const first = words.findIndex((word, index) => index === words.length - 1 || !isPlace(word));
  return words.slice(Math.max(first, 0));
}

/**
 * Returns the known word that equals a word, has the same letters, or differs by one letter, or by two if it has at
 * least ten letters. A known word of fewer than four letters must have the same letters: `gpu` is not a misspelled `cpu`.
 */
function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (known.includes(word)) return word;
  const sameLength = known.filter((one) => one.length === word.length && one.length >= 3);
  const letters = sameLength.length === 0 ? '' : sorted(word);
  const anagram = sameLength.find((one) => sorted(one) === letters);
  if (anagram !== undefined) return anagram;
  return known.find((one) => {
    const maxDistance = one.length < 4 ? 0 : one.length < 10 ? 1 : 2;
    return Math.abs(one.length - word.length) <= maxDistance && distance(word, one) <= maxDistance;
  });
}

function sorted(word: string): string {
  return [...word].sort().join('');
}

function lettersOf(field: string): string {
  return field.replaceAll('.', '').toLowerCase();
}
