import { parseAllDocuments } from 'yaml';

/** A Kubernetes object, as in its manifest. */
// biome-ignore lint/suspicious/noExplicitAny: tests read the fields of a dozen kinds, and fail if one is missing
export type Manifest = any;

/** Returns the objects of a YAML stream, in order. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if ('errors' in document && document.errors[0] !== undefined) throw document.errors[0];
    const manifest = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

/** Returns the only object of a kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} manifests of kind ${kind} instead of one`);
  return found[0];
}

/** Returns the flags among a container's arguments, `--health-port=8080` as `['health-port', '8080']`. */
export function flagsOf(container: Manifest): readonly (readonly [name: string, value: string])[] {
  return container.args.slice(1).map((argument: string) => {
    const [, name, value] = /^--([a-z-]+)=(.+)$/s.exec(argument) ?? [];
    if (name === undefined || value === undefined) throw new Error(`argument ${argument} is not --name=value`);
    return [name, value];
  });
}

/** Reports whether a label selector matches the labels. */
export function selects(selector: Manifest, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    exact &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }: Manifest) => {
      if (operator === 'NotIn') return !values.includes(labels[key]);
      throw new Error(`operator ${operator} is not supported`);
    })
  );
}

/** Returns how a pod violates the restricted Pod Security Standard. */
// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
export function restrictedViolations(pod: Manifest): readonly string[] {
  const violations: string[] = [];
  const check = (isFine: boolean, violation: string) => void (isFine || violations.push(violation));
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
