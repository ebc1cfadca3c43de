/**
 * The validation of pods by API server and kubelet, as far as a webhook could violate it. It follows Kubernetes' source and
 * shares nothing with the code under test.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go
 */

type Json = Readonly<Record<string, unknown>>;

const fieldPath = /^(?:metadata\.(?:name|namespace|uid)|metadata\.(?:labels|annotations)\['[^']+'\])$/;
const envOnly = /^(?:spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?))$/;
const fileOnly = /^metadata\.(?:labels|annotations)$/;
const resource = /^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-\d+[KMGT]i)$/;
const divisor = /^(?:0|1m|1[kMGTPE]?|1[KMGTPE]i)$/;
const quantity = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/;
const envName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** Returns the errors in a pod. A patch does not change the text of those that it does not cause. */
export function validationErrors(pod: unknown): readonly string[] {
  const { metadata, spec } = record(pod);
  const { containers, initContainers, volumes } = record(spec); // a pod cannot be created with ephemeral containers
  const all = [...records(initContainers), ...records(containers)];
  const names = new Set(all.map(({ name }) => name));
  const volumeNames = new Set(records(volumes).map(({ name }) => name));
  return [
    ...repeated(all, 'name').map((name) => `container ${name} twice`),
    ...repeated(records(volumes), 'name').map((name) => `volume ${name} twice`),
    ...all.flatMap((container) =>
      [...inContainer(container, volumeNames), ...inMounts(container, records(volumes))].map(
        (problem) => `${problem} in container ${container['name']}`,
      ),
    ),
    ...records(volumes).flatMap((volume) =>
      inVolume(volume, names).map((problem) => `${problem} in volume ${volume['name']}`),
    ),
    ...(annotationBytes(record(metadata)['annotations']) > 256 * 1024 ? ['annotations too long'] : []),
  ];
}

function inContainer(container: Json, volumeNames: ReadonlySet<unknown>): readonly string[] {
  const mounts = records(container['volumeMounts']);
  const paths = [
    ...mounts,
    ...records(container['volumeDevices']).map(({ devicePath }) => ({ mountPath: devicePath })),
  ];
  return [
    ...repeated(records(container['env']), 'name').map((name) => `variable ${name} twice`),
    ...repeated(paths, 'mountPath').map((path) => `mount path ${path} twice`),
    ...mounts.flatMap(({ name, mountPath }) => [
      ...(volumeNames.has(name) ? [] : [`mount of volume ${name}, which does not exist`]),
      ...(typeof mountPath === 'string' && mountPath !== '' && !mountPath.includes(':')
        ? []
        : [`mount path ${mountPath}`]),
    ]),
    ...records(container['env']).flatMap((variable) => inVariable(variable)),
    ...inResources(record(container['resources'])),
  ];
}

/** Returns mounts with which a container does not start, as observed on a node of Kubernetes 1.36. */
function inMounts({ volumeMounts }: Json, volumes: readonly Json[]): readonly string[] {
  const mounts = records(volumeMounts).map((mount) => ({ mount, elements: elementsOf(mount['mountPath']) }));
  return mounts.flatMap(({ mount: { mountPath }, elements }) => {
    const [outer] = mounts
      .filter((other) => other.elements.length < elements.length && isPrefix(other.elements, elements))
      .sort((one, other) => other.elements.length - one.elements.length);
    return [
      ...(/^(?:proc|sys|dev)$/.test(elements[0] ?? '') ? [`mount ${mountPath} over a mount of the runtime`] : []),
      ...(elements.join('/') === 'etc' ? [`mount ${mountPath} over a mount of the kubelet`] : []),
      ...(outer !== undefined && isReadOnly(outer.mount, volumes) ? [`mount ${mountPath} in a read-only one`] : []),
    ];
  });
}

function elementsOf(path: unknown): readonly string[] {
  return `${path}`.split('/').filter((element) => element !== '' && element !== '.');
}

function isPrefix(short: readonly string[], long: readonly string[]): boolean {
  return short.every((element, index) => element === long[index]);
}

function isReadOnly(mount: Json, volumes: readonly Json[]): boolean {
  const volume = volumes.find(({ name }) => name === mount['name']);
  if (volume === undefined || ['configMap', 'secret', 'downwardAPI', 'projected'].some((kind) => volume[kind]))
    return false;
  return mount['readOnly'] === true;
}

function inVariable({ name, value, valueFrom }: Json): readonly string[] {
  const { fieldRef, resourceFieldRef } = record(valueFrom);
  const path = record(fieldRef)['fieldPath'];
  return [
    ...(typeof name === 'string' && envName.test(name) ? [] : [`variable name ${name}`]),
    ...(value && valueFrom ? [`value and valueFrom of variable ${name}`] : []),
    ...(fieldRef && !fieldPath.test(`${path}`) && !envOnly.test(`${path}`)
      ? [`field ${path} of variable ${name}`]
      : []),
    ...(resourceFieldRef ? inResourceRef(record(resourceFieldRef)).map((what) => `${what} of variable ${name}`) : []),
  ];
}

function inVolume({ downwardAPI }: Json, containers: ReadonlySet<unknown>): readonly string[] {
  const items = records(record(downwardAPI)['items']);
  const paths = items.map(({ path }) => String(path));
  return [
    ...repeated(items, 'path').map((path) => `file ${path} twice`),
    ...directories(paths).map((path) => `file ${path} is also a directory`),
    ...paths.filter(isBadPath).map((path) => `file path ${path}`),
    ...items.flatMap(({ path, fieldRef, resourceFieldRef }) => {
      const field = record(fieldRef)['fieldPath'];
      const { containerName } = record(resourceFieldRef);
      return [
        ...(Boolean(fieldRef) === Boolean(resourceFieldRef) ? [`file ${path} needs one source`] : []),
        ...(fieldRef && !fieldPath.test(`${field}`) && !fileOnly.test(`${field}`)
          ? [`field ${field} of file ${path}`]
          : []),
        ...(resourceFieldRef && !containers.has(containerName) ? [`container ${containerName} of file ${path}`] : []),
        ...(resourceFieldRef ? inResourceRef(record(resourceFieldRef)).map((what) => `${what} of file ${path}`) : []),
      ];
    }),
  ];
}

function inResourceRef({ resource: name, divisor: by }: Json): readonly string[] {
  return [
    ...(resource.test(`${name}`) ? [] : [`resource ${name}`]),
    ...(by === undefined || by === null || divisor.test(`${by}`) ? [] : [`divisor ${by}`]),
    ...(`${name}`.endsWith('.cpu') ? [] : `${by}` === '1m' ? ['divisor 1m of bytes'] : []),
  ];
}

function inResources({ limits, requests }: Json): readonly string[] {
  const values = [...Object.entries(record(limits)), ...Object.entries(record(requests))];
  return [
    ...values.filter(([, value]) => !quantity.test(`${value}`)).map(([name, value]) => `quantity ${value} of ${name}`),
    ...values.filter(([, value]) => `${value}`.startsWith('-')).map(([name]) => `negative ${name}`),
  ];
}

/** Reports whether the path is absolute or has an element that a volume cannot have. */
function isBadPath(path: string): boolean {
  return path === '' || path.startsWith('/') || path.startsWith('..') || path.split('/').includes('..');
}

function directories(paths: readonly string[]): readonly string[] {
  const known = new Set(paths);
  const above = (path: string) =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, index, elements) => elements.slice(0, index + 1).join('/'));
  return [...new Set(paths.flatMap(above))].filter((path) => known.has(path));
}

function repeated(list: readonly Json[], key: string): readonly unknown[] {
  const seen = new Set<unknown>();
  return list.map((element) => element[key]).filter((value) => seen.has(value) || !seen.add(value));
}

function annotationBytes(annotations: unknown): number {
  return Object.entries(record(annotations)).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + (typeof value === 'string' ? Buffer.byteLength(value) : 0),
    0,
  );
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}
