import { annotationPrefix } from '../../src/annotations/annotation-keys.ts';
import type { Addition } from '../../src/json/json-patch.ts';
import { isObject, listAt, objectAt, type Path, valueAt } from '../../src/json/json-value.ts';
import { displayName, type ManifestPod, podsOf } from '../../src/manifest/manifest-objects.ts';
import { insertions } from '../../src/yaml-edit/insert-nodes.ts';
import { removals } from '../../src/yaml-edit/remove-nodes.ts';
import { applyEdits, type PlannedEdits } from '../../src/yaml-edit/text-edit.ts';
import { readDocument, type YamlDocument } from '../../src/yaml-edit/yaml-document.ts';
import type { EditFailure } from '../../src/yaml-edit/yaml-nodes.ts';
import { splitDocuments } from '../../src/yaml-edit/yaml-stream.ts';
import type { AnnotatedPod, EngineReply } from './protocol.ts';

const maxPods = 100; // in the builder's list
const maxBuilt = 1024 * 1024; // characters of a manifest for which the builder looks at all objects
const layoutOf = ['spec', 'containers'] as const;
const annotationsPath = ['metadata', 'annotations'] as const;

/** Returns the Pods and workloads that the builder can write annotations to; none in a manifest that is too long. */
export function annotatedPods(manifest: string): readonly AnnotatedPod[] {
  if (manifest.length > maxBuilt) return [];
  const pods: AnnotatedPod[] = [];
  for (const { pods: found } of documentsOf(manifest)) {
    for (const { object, pod } of found) {
      if (pods.length === maxPods) return pods;
      pods.push({ name: displayName(object), containers: containersOf(pod), annotations: downlinkAnnotations(pod) });
    }
  }
  return pods;
}

/** Writes annotations to one Pod or workload of a manifest. The rest of the text stays as it is. */
export function annotate(
  manifest: string,
  podIndex: number,
  annotations: Readonly<Record<string, string | undefined>>,
): Exclude<EngineReply, { kind: 'evaluation' }> {
  let index = podIndex;
  for (const { document, pods } of documentsOf(manifest)) {
    const target = pods[index];
    index -= pods.length;
    if (target === undefined) continue;
    const edited = annotateDocument(document, target, annotations);
    if (edited.kind === 'failure') return { kind: 'failed', problem: notWritable(target, edited.problem) };
    const end = document.offset + document.text.length;
    return {
      kind: 'annotated',
      manifest: manifest.slice(0, document.offset) + edited.text + manifest.slice(end),
    };
  }
  return { kind: 'failed', problem: 'The manifest has no Pod or workload to write to.' };
}

function notWritable({ object }: ManifestPod, problem: string): string {
  return `The builder cannot write to ${displayName(object)}: ${problem}.`;
}

interface PodsOfDocument {
  readonly document: YamlDocument;
  readonly pods: readonly ManifestPod[];
}

function* documentsOf(manifest: string): Iterable<PodsOfDocument> {
  for (const source of splitDocuments(manifest)) {
    const read = readDocument(source, 'value');
    if (read.kind === 'document') yield { document: read.document, pods: podsOf(read.document.value) };
  }
}

function containersOf(pod: unknown): readonly string[] {
  return (['initContainers', 'containers'] as const)
    .flatMap((list) => listAt(pod, ['spec', list]))
    .map((container) => valueAt(container, ['name']))
    .filter((name) => typeof name === 'string');
}

function downlinkAnnotations(pod: unknown): Readonly<Record<string, string>> {
  const own = Object.entries(objectAt(pod, [...annotationsPath]));
  return Object.fromEntries(
    own.filter(
      (entry): entry is [string, string] => entry[0].startsWith(annotationPrefix) && typeof entry[1] === 'string',
    ),
  );
}

type EditedText = { readonly kind: 'text'; readonly text: string } | Pick<EditFailure, 'kind' | 'problem'>;

function annotateDocument(
  document: YamlDocument,
  { object, pod }: ManifestPod,
  annotations: Readonly<Record<string, string | undefined>>,
): EditedText {
  const root = object.podPath;
  const set = Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const present = objectAt(pod, [...annotationsPath]);
  const gone = Object.keys(annotations).filter((key) => annotations[key] === undefined && Object.hasOwn(present, key));
  const added = edit(document, insertions(document, { root, layoutOf }, additionsFor(pod, Object.fromEntries(set))));
  if (added.kind === 'failure' || gone.length === 0) return added;
  const read = readDocument({ text: added.text, offset: 0 }, 'value');
  if (read.kind === 'failure') return { kind: 'failure', problem: read.problem };
  const paths = gone.map((key): Path => [...annotationsPath, key]);
  return edit(read.document, removals(read.document, root, paths));
}

/** Returns the additions that set annotations: each by itself, or the map with all of them if the pod has none. */
function additionsFor(pod: unknown, set: Readonly<Record<string, string>>): readonly Addition[] {
  if (Object.keys(set).length === 0) return [];
  if ((valueAt(pod, ['metadata']) ?? null) === null)
    return [{ kind: 'member', path: ['metadata'], value: { annotations: set } }];
  const present = valueAt(pod, [...annotationsPath]);
  if ((present ?? null) === null) return [{ kind: 'member', path: [...annotationsPath], value: set }];
  return Object.entries(set)
    .filter(([key, value]) => !isObject(present) || present[key] !== value)
    .map(([key, value]) => ({ kind: 'member', path: [...annotationsPath, key], value }));
}

function edit(document: YamlDocument, planned: PlannedEdits | EditFailure): EditedText {
  if (planned.kind === 'failure') return planned;
  return { kind: 'text', text: applyEdits(document.text, planned.edits) };
}
