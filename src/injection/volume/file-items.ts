import type { DownwardSource, ResourceSource } from '../../annotations/downward-source.ts';
import { parseFileSource } from '../../annotations/env-source-syntax.ts';
import {
  groupWithName,
  type ItemReading,
  type ParsedGroup,
  parseItem,
  resourcesGroup,
} from '../../annotations/named-source.ts';

/** A file of the volume. A resource without a container is that of the pod's default container. */
export interface FileIntent {
  /** Relative to the mount path: `labels`, `worker/containerCpuLimitMilliCores`. */
  readonly path: string;
  readonly source: DownwardSource;
  /** The profile that requests it; absent if the pod itself does. */
  readonly profile?: string;
}

/** What the annotations `volume`, `volume-path`, and `volume-mode` request. */
export interface VolumeIntent {
  readonly files: readonly FileIntent[];
  readonly mountPath: string;
  /** Permission bits, 0 to 0o777. */
  readonly defaultMode: number;
}

const field = (path: string, fieldPath: string): FileIntent => ({ path, source: { kind: 'field', fieldPath } });
const resource = (path: string, name: string, divisor: string): FileIntent & { source: ResourceSource } => ({
  path,
  source: { kind: 'resource', resource: name, divisor },
});

const pod = [
  field('podName', 'metadata.name'),
  field('podNamespace', 'metadata.namespace'),
  field('podUid', 'metadata.uid'),
];
const labels = [field('labels', 'metadata.labels')];
const annotations = [field('annotations', 'metadata.annotations')];
const resources = [
  resource('containerCpuRequestMilliCores', 'requests.cpu', '1m'),
  resource('containerCpuLimitMilliCores', 'limits.cpu', '1m'),
  resource('containerMemoryRequestBytes', 'requests.memory', '1'),
  resource('containerMemoryLimitBytes', 'limits.memory', '1'),
];

/** The groups of `volume`, each with its files in order. */
export const fileGroups: Readonly<Record<string, readonly FileIntent[]>> = {
  pod,
  labels,
  annotations,
  resources,
  true: [...pod, ...labels, ...annotations, ...resources],
};
const groupNames = Object.keys(fileGroups);

/** Parses an item of the annotation `volume`. */
export function readFileItem(item: string): ItemReading<FileIntent> {
  const group = Object.hasOwn(fileGroups, item) ? fileGroups[item] : undefined;
  if (group !== undefined) return { kind: 'intents', intents: group };
  const parsed = parseItem('volume', item, groupNames, parseFileSource);
  if (parsed.kind === 'group') return readFileGroup(parsed);
  if (parsed.kind !== 'source') return parsed;
  const { name, source } = parsed;
  if (name === undefined) return defaultFile(source);
  const problem = pathProblem(name);
  return problem === undefined
    ? { kind: 'intents', intents: [{ path: name, source }] }
    : { kind: 'name-wrong', problem };
}

function readFileGroup(parsed: ParsedGroup): ItemReading<FileIntent> {
  const { group, name, container } = parsed;
  if (name !== undefined) return groupWithName(parsed);
  if (container === undefined || group !== resourcesGroup) return { kind: 'intents', intents: fileGroups[group] ?? [] };
  return inDirectory(resources, container);
}

/** Returns the source of the file that has this path in a group. */
export function sourceOfPath(path: string): string | undefined {
  const source = fileGroups['true']?.find((file) => file.path === path)?.source;
  return source?.kind === 'resource' ? source.resource : source?.fieldPath;
}

/** Returns the file that a source without a path means: that of a group, in the directory of the container if one is named. */
function defaultFile(source: DownwardSource): ItemReading<FileIntent> {
  if (source.kind === 'field') {
    const file = [...pod, ...labels, ...annotations].find(
      (candidate) => candidate.source.kind === 'field' && candidate.source.fieldPath === source.fieldPath,
    );
    return file === undefined ? { kind: 'name-needed' } : { kind: 'intents', intents: [file] };
  }
  const file = resources.find(
    (candidate) =>
      candidate.source.resource === source.resource &&
      (source.divisor === undefined || source.divisor === candidate.source.divisor),
  );
  if (file === undefined) return { kind: 'name-needed' };
  return source.container === undefined ? { kind: 'intents', intents: [file] } : inDirectory([file], source.container);
}

/** Returns the files of a container, in a directory of its name. An invalid container name can make the path invalid. */
function inDirectory(
  files: readonly (FileIntent & { readonly source: ResourceSource })[],
  container: string,
): ItemReading<FileIntent> {
  const problem = pathProblem(`${container}/${files[0]?.path}`);
  if (problem !== undefined) return { kind: 'container-wrong', container, problem };
  return {
    kind: 'intents',
    intents: files.map(({ path, source }) => ({ path: `${container}/${path}`, source: { ...source, container } })),
  };
}

const maxPath = 4096; // bytes; source of both limits: kubernetes/kubernetes pkg/volume/util/atomic_writer.go
const maxFileName = 255; // bytes

/**
 * Returns why a file of the volume cannot have that path; undefined if it can. The API server checks less: some of these paths
 * would leave the pod in ContainerCreating.
 */
function pathProblem(path: string): string | undefined {
  const elements = path.split('/');
  if (path.startsWith('/')) return 'must be relative to the volume, without a leading "/"';
  if (path.startsWith('..')) return 'must not start with ".."';
  if (elements.some((element) => element === '' || element === '.' || element === '..')) {
    return 'must not have empty, ".", or ".." elements';
  }
  if (/\p{Cc}/u.test(path)) return 'must not contain control characters';
  if (Buffer.byteLength(path) > maxPath) return `must be at most ${maxPath} bytes`;
  if (elements.some((element) => Buffer.byteLength(element) > maxFileName)) {
    return `must not have an element of more than ${maxFileName} bytes`;
  }
  return undefined;
}

/** Returns a valid path for a file, as close as possible to the given one. */
export function repairPath(path: string): string {
  const elements = path
    .replace(/^\.\.+/, '')
    .replace(/\p{Cc}/gu, '')
    .split('/')
    .filter((element) => element !== '' && element !== '.' && element !== '..')
    .map((element) => element.slice(0, 63));
  return (
    elements
      .slice(0, 8)
      .join('/')
      .replace(/^\.\.+/, '') || 'file'
  );
}

/** Returns a path for a file whose source is in no group. */
export function suggestPath(description: string): string {
  return description.replace(/.*\//, '').replaceAll(' ', '-');
}
