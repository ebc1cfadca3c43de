import type { FieldError } from '../field-error.ts';
import type { Findings } from '../findings.ts';
import { quote } from '../text.ts';
import { type DownwardSource, describeSource, formatDownwardSource, type ResourceSource } from './downward-source.ts';
import { itemError, parseItem, resourcesGroup, splitPrefix, warnOfWholeCores } from './item.ts';
import { parseList } from './list.ts';

/** One file that the volume is to have. A resource without a container is the pod's default container's. */
export interface FileIntent {
  /** Relative to the mount path: `labels`, `worker/containerCpuLimitMilliCores`. */
  readonly path: string;
  readonly source: DownwardSource;
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

/** The groups of `volume` and the files that each stands for, in order. */
export const fileGroups: Readonly<Record<string, readonly FileIntent[]>> = {
  pod,
  labels,
  annotations,
  resources,
  true: [...pod, ...labels, ...annotations, ...resources],
};
const groupNames = Object.keys(fileGroups);

/** Reads the annotation `volume`, in the order asked. An item that is wrong gives an error and no file. */
export function parseFileItems(value: string, findings: Findings): readonly FileIntent[] {
  return parseList('volume', value, findings).flatMap((item) => {
    const group = Object.hasOwn(fileGroups, item) ? fileGroups[item] : undefined;
    if (group !== undefined) return group;
    const { container, rest } = splitPrefix(item);
    const parsed =
      container && rest === resourcesGroup && !container.includes('=')
        ? resources.map((file) => inDirectory(item, file, container))
        : [parseFileItem(item, findings)];
    const wrong = parsed.find((file): file is FieldError => !('source' in file)); // of a group's files, all are wrong for one reason
    if (wrong !== undefined) findings.errors.push(wrong);
    return parsed.filter((file) => 'source' in file);
  });
}

function parseFileItem(item: string, findings: Findings): FileIntent | FieldError {
  const parsed = parseItem('volume', item, groupNames);
  if (!('source' in parsed)) return parsed;
  const { name, source } = parsed;
  if (name === undefined) {
    return (
      defaultFile(item, source) ??
      itemError(
        'volume',
        item,
        `it needs a path; write ${quote(`${suggestPath(source)}=${formatDownwardSource(source)}`)}`,
      )
    );
  }
  const problem = pathProblem(name);
  if (problem !== undefined) {
    const right = `${repairPath(name)}=${formatDownwardSource(source)}`;
    return itemError('volume', item, `the path ${quote(name)} ${problem}; write ${quote(right)}`);
  }
  warnOfWholeCores('volume', item, source, findings);
  return { path: name, source };
}

/** The file that a bare source means: the group's path, in the container's directory where one is named. */
function defaultFile(item: string, source: DownwardSource): FileIntent | FieldError | undefined {
  if (source.kind === 'field') {
    return [...pod, ...labels, ...annotations].find(
      (file) => file.source.kind === 'field' && file.source.fieldPath === source.fieldPath,
    );
  }
  const file = resources.find(
    (candidate) =>
      candidate.source.resource === source.resource &&
      (source.divisor === undefined || source.divisor === candidate.source.divisor),
  );
  if (file === undefined || source.container === undefined) return file;
  return inDirectory(item, file, source.container);
}

/** The file of that container, in a directory of its name, which a pod at odds with Kubernetes can make a wrong path. */
function inDirectory(
  item: string,
  file: FileIntent & { readonly source: ResourceSource },
  container: string,
): FileIntent | FieldError {
  const path = `${container}/${file.path}`;
  const problem = pathProblem(path);
  if (problem !== undefined) return itemError('volume', item, `the path ${quote(path)} ${problem}`);
  return { path, source: { ...file.source, container } };
}

const maxPath = 4096; // bytes, and a file name's 255: kubernetes/kubernetes pkg/volume/util/atomic_writer.go
const maxFileName = 255;

/**
 * What keeps a path from being a file of the volume; undefined where nothing does. The API server checks less: a path
 * that is no plain one leaves the pod in ContainerCreating.
 */
function pathProblem(path: string): string | undefined {
  const elements = path.split('/');
  if (path.startsWith('/')) return 'must be relative to the volume, without "/" in front';
  if (path.startsWith('..')) return 'must not start with ".."';
  if (elements.some((element) => element === '' || element === '.' || element === '..')) {
    return 'must be a plain one, without empty, "." or ".." elements';
  }
  if (/\p{Cc}/u.test(path)) return 'must not hold control characters';
  if (Buffer.byteLength(path) > maxPath) return `must be at most ${maxPath} bytes`;
  if (elements.some((element) => Buffer.byteLength(element) > maxFileName)) {
    return `must have no element of more than ${maxFileName} bytes`;
  }
  return undefined;
}

/** The nearest path that a file can have. */
function repairPath(path: string): string {
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

function suggestPath(source: DownwardSource): string {
  return describeSource(source).replace(/.*\//, '').replaceAll(' ', '-');
}
