import { annotationField, annotationKey, annotationKeys } from '../../annotations/annotation-keys.ts';
import { kubeconfigVolumeName } from '../../annotations/injected-names.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { quote } from '../../diagnostics/text.ts';
import { constant } from '../../json/json-patch.ts';
import { conflictClause, mountConflicts, withoutMount } from '../../kubernetes/mount-conflicts.ts';
import { directoryOf } from '../../kubernetes/mount-path.ts';
import type { ContainerPlace, Volume, VolumeMount } from '../../kubernetes/pod.ts';
import { emptyPart, type PlanContext, type PlannedPart } from '../patch/injection-part.ts';
import type { PodAddition } from '../patch/patch-target.ts';
import { rejectMissingNamespace } from './ambassador-conflicts.ts';
import type { AmbassadorIntent } from './ambassador-options.ts';

/** The directory of the kubeconfig in the target containers. */
export const kubeconfigDirectory = '/etc/downlink';
const fileName = 'kubeconfig';
export const kubeconfigPath = `${kubeconfigDirectory}/${fileName}`;

/** Returns why the volume cannot be mounted at a path in a container with the kubeconfig; undefined if it can. */
export function besideKubeconfig(mountPath: string): string | undefined {
  const path = directoryOf(mountPath);
  if (path !== kubeconfigDirectory && !path.startsWith(`${kubeconfigDirectory}/`)) return undefined;
  const { default: example } = annotationKeys['volume-path'];
  return `${annotationKey('ambassador-kubeconfig')} mounts the kubeconfig at ${kubeconfigDirectory}; write another path, for example "${example}"`;
}

/**
 * Returns a kubeconfig for clients of the ambassador. It names no user, because the ambassador adds the credentials. There is no TLS
 * to verify on the loopback interface, but without `insecure-skip-tls-verify`, the client for JavaScript rejects any HTTP server.
 * The namespace is in quotes, because a namespace can be named `1` or `true`. Source: kubernetes-client/javascript src/config.ts
 */
export function kubeconfigText(port: number, namespace: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ambassador
  cluster:
    server: http://127.0.0.1:${port}
    insecure-skip-tls-verify: true
users: []
contexts:
- name: ambassador
  context:
    cluster: ambassador
    namespace: "${namespace}"
current-context: ambassador
`;
}

/**
 * Plans the annotation that holds the kubeconfig, the volume that shows it as a file, and the mounts in the target containers, or
 * whichever of them the pod lacks. The variable is one of the variables of the pod. An existing kubeconfig is not changed.
 */
export function planKubeconfig({ port, kubeconfig }: AmbassadorIntent, context: PlanContext): PlannedPart {
  if (!kubeconfig) return emptyPart;
  const { pod, origin, status, findings } = context;
  const volumes = pod.spec.volumes ?? [];
  const isOurs = status.volumes.has(kubeconfigVolumeName);
  const hasVolume = volumes.some(({ name }) => name === kubeconfigVolumeName);
  if (hasVolume && !isOurs) {
    forbid(`the pod has its own volume ${quote(kubeconfigVolumeName)}; rename that volume`, findings);
  }
  const mountedIn = planMounts(volumes, isOurs, context);
  const hasText = Object.hasOwn(pod.metadata?.annotations ?? {}, annotationKey('kubeconfig'));
  if (!hasText) rejectMissingNamespace('ambassador-kubeconfig', origin.namespace, findings);
  const text = kubeconfigText(port, origin.namespace ?? '');
  return {
    additions: [
      ...mountedIn.map(addMount),
      ...(hasVolume ? [] : [addVolume]),
      ...(hasText ? [] : [{ kind: 'field', target: { kind: 'annotation', name: 'kubeconfig' }, value: text } as const]),
    ],
    names: {
      ...(mountedIn.length > 0 && { mounts: new Map(mountedIn.map(({ container }) => [container.name, mountPaths])) }),
      volumes: new Set([kubeconfigVolumeName]),
    },
    resources: [],
  };
}

const mountPaths = new Set([kubeconfigDirectory]);
const mount: VolumeMount = constant({ name: kubeconfigVolumeName, mountPath: kubeconfigDirectory, readOnly: true });
const volume: Volume = constant({
  name: kubeconfigVolumeName,
  downwardAPI: {
    defaultMode: 0o644, // the application may not run as root
    items: [{ path: fileName, fieldRef: { fieldPath: `metadata.annotations['${annotationKey('kubeconfig')}']` } }],
  },
});
const addVolume: PodAddition = { kind: 'elements', target: { kind: 'volumes' }, at: 'end', values: constant([volume]) };
const mounts = constant([mount]);

function addMount({ list, index }: ContainerPlace): PodAddition {
  const target = { kind: 'container-member', list, index, member: 'volumeMounts' } as const;
  return { kind: 'elements', target, at: 'end', values: mounts };
}

/** Returns the target containers that need a mount. What prevents one is an error. */
function planMounts(
  volumes: readonly Volume[],
  isOurs: boolean,
  { targets, findings }: PlanContext,
): readonly ContainerPlace[] {
  const lacking = isOurs ? withoutMount(targets, kubeconfigVolumeName) : targets;
  const volumesByName = new Map(volumes.map((one) => [one.name, one]));
  const files = { mountPath: kubeconfigDirectory, entries: new Set([fileName]) };
  for (const { conflict, names } of mountConflicts(files, lacking, volumesByName)) {
    const advice = `keep ${kubeconfigDirectory} free, or name other containers in ${annotationKey('containers')}`;
    findings.errors.push(() => error(`${conflictClause(conflict, names)}; ${advice}`));
  }
  return lacking;
}

function error(detail: string) {
  return { field: annotationField('ambassador-kubeconfig'), kind: 'Forbidden', detail } as const;
}

function forbid(detail: string, findings: Findings): void {
  findings.errors.push(error(detail));
}
