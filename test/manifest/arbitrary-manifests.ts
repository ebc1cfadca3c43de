import fc from 'fast-check';
import { Document, isCollection, isMap, isScalar, type Node, visit } from 'yaml';
import { podWithAnyAnnotations, podWithValidAnnotations } from '../injection/arbitrary-pods.ts';

/** Manifests as people and programs write them: with any indentation, brackets, comments, JSON, workloads, and lists. */

interface Style {
  readonly indent: number;
  readonly indentSeq: boolean;
  readonly crlf: boolean;
  readonly json: 'no' | 'compact' | 'spread';
  readonly comments: boolean;
  readonly endsWithLineBreak: boolean;
  readonly marker: '' | '---\n' | '# a header\n---\n' | '%YAML 1.1\n---\n';
  /** Whether the n-th collection is in brackets; the list repeats. */
  readonly brackets: readonly boolean[];
}

const style: fc.Arbitrary<Style> = fc.record({
  indent: fc.constantFrom(2, 2, 4, 3),
  indentSeq: fc.boolean(),
  crlf: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  json: fc.oneof({ weight: 5, arbitrary: fc.constant('no' as const) }, fc.constantFrom('compact', 'spread')),
  comments: fc.boolean(),
  endsWithLineBreak: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  marker: fc.constantFrom('', '', '---\n', '# a header\n---\n', '%YAML 1.1\n---\n'),
  brackets: fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)), {
    minLength: 1,
    maxLength: 9,
  }),
});

function write(value: unknown, given: Style): string {
  if (given.json !== 'no') return JSON.stringify(value, null, given.json === 'compact' ? 0 : given.indent);
  const document = new Document(value, { aliasDuplicateObjects: false, version: '1.1' });
  let seen = 0;
  visit(document, {
    Node: (key, node) => {
      if (isCollection(node))
        node.flow = given.brackets[seen++ % given.brackets.length] === true || node.items.length === 0;
      if (given.comments && key !== 'key' && seen % 3 === 0) {
        if (isScalar(node)) node.comment = ' after';
        else if (isMap(node) && key !== null) (node as Node).commentBefore = ' above';
      }
    },
  });
  const { indent, indentSeq } = given;
  const text = given.marker + document.toString({ indent, indentSeq, lineWidth: 0, directives: false });
  const ended = given.endsWithLineBreak ? text : text.replace(/\n+$/, '');
  return given.crlf ? ended.replaceAll('\n', '\r\n') : ended;
}

const wraps: readonly ((pod: object, index: number) => object)[] = [
  (pod) => pod,
  (pod) => pod,
  (pod, index) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `web-${index}`, namespace: 'shop' },
    spec: { replicas: 2, template: pod, strategy: { type: 'Recreate' } },
  }),
  (pod, index) => ({
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    spec: { jobTemplate: { spec: { template: pod } }, schedule: '* * * * *' },
    metadata: { name: `nightly-${index}` },
  }),
  (pod, index) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: `web-${index}` },
    spec: { template: pod, strategy: { canary: { canaryMetadata: { labels: { role: 'canary' } } } } },
  }),
  (pod, index) => ({ apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: `tpl-${index}` }, template: pod }),
  (pod) => ({
    apiVersion: 'example.com/v1',
    kind: 'NightlyList',
    items: [{ metadata: { name: 'nightly' }, spec: { jobTemplate: { spec: { template: pod } } } }],
  }),
  (pod) => ({
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'yes' } }, pod, pod],
  }),
  () => ({ apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80 }] } }),
];

const manifestOf = (pod: fc.Arbitrary<object>) =>
  fc
    .tuple(fc.array(fc.tuple(pod, fc.nat(wraps.length - 1)), { minLength: 1, maxLength: 3 }), style)
    .map(([pods, given]) => {
      const objects = pods.map(([one, wrap], index) => wraps[wrap]?.(one, index) ?? one);
      const texts = objects.map((object) =>
        write(object, objects.length > 1 ? { ...given, marker: '', endsWithLineBreak: true } : given),
      );
      const separator = given.crlf && given.json === 'no' ? '---\r\n' : given.json === 'no' ? '---\n' : '\n---\n';
      return texts.join(separator);
    })
    .filter((manifest) => !manifest.includes('<<')); // merging anything but a map is an error in every parser

/** Returns the value without null and empty lists, which Kubernetes treats as absent. */
export function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([, child]) => child !== null && !(Array.isArray(child) && child.length === 0),
  );
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNothing(child)]));
}

/** Pods whose annotations are each valid, without null and empty lists. */
export const manifestWithoutNothing = manifestOf(podWithValidAnnotations.map((pod) => withoutNothing(pod) as object));
/** Pods whose annotations are each valid, with nulls and empty lists. */
export const manifestWithValidAnnotations = manifestOf(podWithValidAnnotations as unknown as fc.Arbitrary<object>);
/** Pods with any annotations, with nulls and empty lists. */
export const manifestWithAnyAnnotations = manifestOf(podWithAnyAnnotations as unknown as fc.Arbitrary<object>);
