/** The fields of a pod that the injection reads or writes. */
export interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { volumes?: unknown[]; initContainers?: Container[]; containers: Container[] };
}

interface Container {
  readonly name: string;
  env?: { readonly name: string }[];
  volumeMounts?: unknown[];
}

/** The parts of the ambassador, which do not depend on the pods of the benchmark. */
export interface AmbassadorParts {
  readonly ambassador: Container;
  /** Whether the ambassador is an init container that keeps running. */
  readonly native: boolean;
  readonly token: unknown;
}

const podVariables = Object.entries({
  POD_NAME: 'metadata.name',
  POD_NAMESPACE: 'metadata.namespace',
  POD_UID: 'metadata.uid',
  POD_IP: 'status.podIP',
  SERVICE_ACCOUNT: 'spec.serviceAccountName',
}).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } }));

/** Adds to a pod of the benchmark what its annotations request, as Downlink does. */
export function inject({ metadata, spec }: Pod, { ambassador, native, token }: AmbassadorParts): void {
  const annotation = (key: string) => metadata.annotations?.[`downlink.dev/${key}`] ?? '';
  const items = (key: string): readonly string[] => annotation(key).match(/[^\s,]+/g) ?? [];
  const targets = [...(spec.initContainers ?? []), ...spec.containers];
  if (items('env').includes('pod')) targets.forEach(addVariables);
  const files = items('volume');
  if (files.length > 0) {
    spec.volumes = [...(spec.volumes ?? []), downwardVolume(files)];
    for (const target of targets) target.volumeMounts = [...(target.volumeMounts ?? []), mount];
  }
  if (annotation('ambassador') !== 'true') return;
  spec.volumes = [...(spec.volumes ?? []), token];
  if (native) spec.initContainers = [ambassador, ...(spec.initContainers ?? [])];
  else spec.containers = [...spec.containers, ambassador];
}

const mount = { name: 'downlink', mountPath: '/etc/downward', readOnly: true };

function addVariables(container: Container): void {
  const own = container.env ?? [];
  const taken = new Set(own.map(({ name }) => name));
  container.env = [...podVariables.filter(({ name }) => !taken.has(name)), ...own];
}

function downwardVolume(files: readonly string[]) {
  const items = files.map((path) => ({ path, fieldRef: { fieldPath: `metadata.${path}` } }));
  return { name: 'downlink', downwardAPI: { defaultMode: 0o644, items } };
}
