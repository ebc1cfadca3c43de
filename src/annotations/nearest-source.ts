import { isQualifiedName } from '../kubernetes/object-names.ts';
import { fieldPaths } from './downward-source.ts';
import { admissionSources } from './env-source.ts';
import { nearestFraction, nearestResource } from './nearest-resource.ts';
import { nearestWord, withoutLeading } from './nearest-word.ts';

const maxLength = 200; // characters; a misspelled source is shorter

/**
 * Returns the source that the text probably means, or undefined. Compares words, not just letters: `node.name` means
 * spec.nodeName, and `service.name` means no source at all.
 */
export function nearestSource(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  if (text.includes('?')) return nearestOptional(text);
  return (
    nearestKey(text) ?? nearestFraction(text) ?? nearestResource(text) ?? nearestAdmission(text) ?? nearestField(text)
  );
}

/** Returns a source that may have a question mark: `metadata.labels['app']?` for `metadata.labels.app ?`, `metadata.name` for `metadata.name?`. */
function nearestOptional(text: string): string | undefined {
  const source = nearestSource(text.replace(/\?\.?(?=\[)|\?/g, '').trim());
  return source?.endsWith("']") ? `${source}?` : source;
}

/** Other names of the sources that are known when a pod is created, in lower case and without punctuation. */
const admissionSynonyms: Readonly<Record<(typeof admissionSources)[number], readonly string[]>> = {
  'container.name': [],
  'container.image': ['image', 'imagename', 'containerimagename'],
  'container.image.tag': ['imagetag', 'tag', 'containertag', 'imageversion', 'containerimageversion'],
  'workload.kind': ['workloadtype', 'ownerkind', 'ownertype', 'controllerkind', 'ownerreferenceskind'],
  'workload.name': ['ownername', 'owner', 'controllername', 'ownerreferencesname'].concat(
    ['deployment', 'statefulset', 'daemonset', 'replicaset', 'job', 'cronjob', 'rollout'].flatMap((kind) => [
      kind,
      `${kind}name`,
    ]),
  ),
  'cluster.name': ['cluster', 'kubernetesclustername'],
  'ambassador.url': ['ambassador', 'ambassadorport', 'ambassadoraddress', 'ambassadorhost', 'ambassadorendpoint'],
};
const admissionByWord = new Map(
  admissionSources.flatMap((source) => [lettersOf(source), ...admissionSynonyms[source]].map((word) => [word, source])),
);
const admissionWords = [
  ...['container', 'image', 'workload', 'kind', 'name', 'cluster', 'ambassador', 'owner', 'controller'],
  ...['deployment', 'statefulset', 'daemonset', 'replicaset', 'cronjob', 'rollout'],
];

/** Returns `workload.name` for `deployment.name`, `owner.nam`, and `metadata.ownerReferences[0].name`. */
function nearestAdmission(given: string): string | undefined {
  const text = given.replace(/\[0\]/, '');
  if (/[^\w.\s/-]/.test(text)) return undefined;
  const words = withoutLeading(text.toLowerCase().split(/[._\s/-]+/), (word) => ofThePod.includes(word));
  const letters = words.join('');
  const exact = admissionByWord.get(letters) ?? admissionByWord.get(words.map(nearestAdmissionWord).join(''));
  if (exact !== undefined || words.length > 1) return exact;
  return letters.length < 8 ? undefined : admissionByWord.get(nearestWord(letters, [...admissionByWord.keys()]) ?? '');
}

function nearestAdmissionWord(word: string): string {
  return nearestWord(word, admissionWords) ?? word;
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

function lettersOf(field: string): string {
  return field.replaceAll('.', '').toLowerCase();
}
