import { parseAllDocuments } from 'yaml';

/** A Kubernetes object as its manifest has it. */
// biome-ignore lint/suspicious/noExplicitAny: tests read the fields of a dozen kinds, and fail where one is not there
export type Manifest = any;

/** The objects of a YAML stream, in its order. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if ('errors' in document && document.errors[0] !== undefined) throw document.errors[0];
    const manifest = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

/** The one object of a kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} manifests of kind ${kind}, instead of one`);
  return found[0];
}

/** A container's arguments, `--health-port=8080` as `['health-port', '8080']`; the first, `serve`, is left out. */
export function flagsOf(container: Manifest): readonly (readonly [name: string, value: string])[] {
  return container.args.slice(1).map((argument: string) => {
    const [, name, value] = /^--([a-z-]+)=(.+)$/s.exec(argument) ?? [];
    if (name === undefined || value === undefined) throw new Error(`argument ${argument} is no --name=value`);
    return [name, value];
  });
}

/** Whether a label selector takes an object with these labels. */
export function selects(selector: Manifest, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }: Manifest) => {
      if (operator === 'NotIn') return !values.includes(labels[key]);
      throw new Error(`operator ${operator} is not known here`);
    })
  );
}

/** What Pod Security's level `restricted` has against a pod; empty where nothing. */
// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
export function restrictedViolations(pod: Manifest): readonly string[] {
  const violations: string[] = [];
  const check = (fine: boolean, violation: string) => void (fine || violations.push(violation));
  const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim'];
  const volumeTypes = [...allowedVolumes, 'projected', 'secret'];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) check(!pod[field], field);
  for (const { name, ...source } of pod.volumes ?? []) {
    check(
      Object.keys(source).every((type) => volumeTypes.includes(type)),
      `type of volume ${name}`,
    );
  }
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const own = container.securityContext ?? {};
    const context = { ...pod.securityContext, ...own };
    check(own.allowPrivilegeEscalation === false, 'allowPrivilegeEscalation');
    check(!own.privileged, 'privileged');
    check(own.capabilities?.drop?.includes('ALL') === true, 'capabilities.drop');
    check(
      (own.capabilities?.add ?? []).every((name: string) => name === 'NET_BIND_SERVICE'),
      'capabilities.add',
    );
    check(context.runAsNonRoot === true, 'runAsNonRoot');
    check(context.runAsUser !== 0, 'runAsUser');
    check(['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type), 'seccompProfile');
    check(
      (container.ports ?? []).every(({ hostPort }: Manifest) => !hostPort),
      'hostPort',
    );
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      check(container[probe]?.httpGet?.host === undefined, `${probe}.httpGet.host`);
  }
  return violations;
}
