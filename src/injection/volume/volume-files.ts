import { annotationField } from '../../annotations/annotation-keys.ts';
import { addWarning } from '../../annotations/annotation-warning.ts';
import { type DownwardSource, formatDownwardSource, sameDivisor } from '../../annotations/downward-source.ts';
import { ambassadorName } from '../../annotations/injected-names.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, quote } from '../../diagnostics/text.ts';
import type { DecodedPod } from '../../kubernetes/decode-pod.ts';
import {
  type DefaultContainer,
  defaultContainer,
  defaultContainerAnnotation,
} from '../../kubernetes/default-container.ts';
import { containersOf, type DownwardApiFile } from '../../kubernetes/pod.ts';
import { hasKeyOf } from '../../kubernetes/pod-key.ts';
import type { PlanContext } from '../patch/injection-part.ts';
import type { FileIntent } from './file-items.ts';

/** Plans the files that are not in the volume yet. A path with two sources, or below another file, is an error. */
export function planFiles(
  requested: readonly FileIntent[],
  present: readonly DownwardApiFile[],
  { pod, status, findings }: PlanContext,
): readonly DownwardApiFile[] {
  const found = defaultContainer(pod);
  const defaultName = found.name;
  const named = requested.some(namesContainer) ? containersOf(pod.spec) : [];
  const known = new Set(named.map(({ name }) => name));
  const kept = new Set(present.map(({ path }) => path));
  const unknown = new Set<string>();
  const lacking = requested.filter(({ path, source }) => {
    if (kept.has(path)) return false;
    if (source.kind === 'field') return !source.isOptional || hasKeyOf(pod.metadata, source.fieldPath);
    if (source.container === undefined || known.has(source.container)) return true;
    unknown.add(source.container);
    return false;
  });
  const usesDefault = lacking.some(({ source }) => source.kind === 'resource' && source.container === undefined);
  const files = filesOf(lacking, defaultName, findings);
  const detail = unknown.size > 0 ? `the pod has no container of that name; it has ${listNames([...known])}` : '';
  for (const name of unknown) {
    findings.errors.push({ field: annotationField('volume'), kind: 'NotFound', value: name, detail });
  }
  rejectFilesThatAreDirectories([...kept, ...files.map(({ path }) => path)], findings);
  if (usesDefault) rejectDefaultWithoutResources(pod, found, findings);
  const isOurs = (name: string) => name === ambassadorName && status.containers.has(name);
  if (usesDefault && (pod.spec.containers ?? []).filter(({ name }) => !isOurs(name)).length > 1) {
    const example = quote(`cpu=${defaultName}:limits.cpu/1m`);
    const detail = `resource files that name no container show the resources of ${quote(defaultName ?? '')}; to name it, write for example ${example}`;
    addWarning(findings, 'default-container', 'volume', detail);
  }
  return files;
}

/** Returns each file once. A path with two sources is an error. */
export function filesOf(
  intents: readonly FileIntent[],
  defaultContainerName: string | undefined,
  findings: Findings,
): readonly DownwardApiFile[] {
  const byPath = new Map<string, { readonly file: DownwardApiFile; readonly source: DownwardSource }>();
  for (const { path, source } of intents) {
    const file = downwardFile(path, source, defaultContainerName);
    const earlier = byPath.get(path);
    if (earlier === undefined) byPath.set(path, { file, source });
    else if (!sameFile(earlier.file, file)) {
      const both = [earlier.source, source].map((one) => quote(formatDownwardSource(one))).join(' and as ');
      const detail = `it is requested as ${both}; give one of them another path`;
      findings.errors.push({ field: annotationField('volume'), kind: 'Duplicate', value: path, detail });
    }
  }
  return [...byPath.values()].map(({ file }) => file);
}

/** Reports a default container without resources: its resource files would leave the pod in ContainerCreating. */
function rejectDefaultWithoutResources({ spec }: DecodedPod, found: DefaultContainer, findings: Findings): void {
  if (found.kind === 'container') return;
  const names = containersOf(spec).map(({ name }) => name);
  const problem =
    found.kind === 'ephemeral'
      ? 'it is an ephemeral container, which has no resources; the pod has'
      : 'the pod has no container of that name, but resource files that name no container refer to it; the pod has';
  const detail = `${problem} ${listNames(names)}`;
  const field = `metadata.annotations[${defaultContainerAnnotation}]`;
  findings.errors.push({ field, kind: found.kind === 'missing' ? 'NotFound' : 'Invalid', value: found.name, detail });
}

function namesContainer({ source }: FileIntent): boolean {
  return source.kind === 'resource' && source.container !== undefined;
}

/** Reports paths that are also directories of other files: they would leave the pod in ContainerCreating. */
export function rejectFilesThatAreDirectories(paths: readonly string[], findings: Findings): void {
  if (!paths.some((path) => path.includes('/'))) return;
  // sorted with the lowest character as separator, a path comes right before the paths below it; unlike split and join,
  // replaceAll would keep a node for each separator: a hundred megabytes for paths of a thousand directories
  const sorted = paths.map((path) => path.split('/').join('\0')).sort();
  for (const [index, path] of sorted.entries()) {
    const next = sorted[index + 1];
    if (!next?.startsWith(`${path}\0`)) continue;
    findings.errors.push(() => ({
      field: annotationField('volume'),
      kind: 'Invalid',
      value: path.replaceAll('\0', '/'),
      detail: `it is also the directory of ${quote(next.replaceAll('\0', '/'))}; give one of them another path`,
    }));
  }
}

function downwardFile(path: string, source: DownwardSource, defaultContainer: string | undefined): DownwardApiFile {
  if (source.kind === 'field') return { path, fieldRef: { fieldPath: source.fieldPath } };
  const { container: containerName = defaultContainer, resource, divisor = '1' } = source;
  return { path, resourceFieldRef: { containerName, resource, divisor } };
}

function sameFile(one: DownwardApiFile, other: DownwardApiFile): boolean {
  return (
    one.fieldRef?.fieldPath === other.fieldRef?.fieldPath &&
    one.resourceFieldRef?.containerName === other.resourceFieldRef?.containerName &&
    one.resourceFieldRef?.resource === other.resourceFieldRef?.resource &&
    sameDivisor(one.resourceFieldRef?.divisor, other.resourceFieldRef?.divisor)
  );
}
