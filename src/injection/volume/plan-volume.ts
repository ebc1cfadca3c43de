import { annotationField } from '../../annotations/annotation-keys.ts';
import { warn } from '../../annotations/annotation-warning.ts';
import { volumeName } from '../../annotations/injected-names.ts';
import type { InjectionStatus } from '../../annotations/injection-status.ts';
import type { Findings } from '../../diagnostics/findings.ts';
import { listNames, quote } from '../../diagnostics/text.ts';
import type { DecodedPod } from '../../kubernetes/decode-pod.ts';
import type { Container, ContainerPlace, DownwardApiFile, PodSpec, Volume, VolumeMount } from '../../kubernetes/pod.ts';
import type { VolumeIntent } from './file-items.ts';
import { planFiles } from './volume-files.ts';
import { planMounts } from './volume-mounts.ts';

/** The volume and its mounts, as far as the pod lacks them. */
export interface VolumeAddition {
  readonly volume:
    | { readonly kind: 'add'; readonly volume: Volume }
    | {
        readonly kind: 'extend';
        readonly index: number;
        readonly hasItems: boolean;
        readonly items: readonly DownwardApiFile[];
      };
  readonly mount: VolumeMount;
  /** The containers that get the mount. */
  readonly mountedIn: readonly ContainerPlace[];
}

/** Decides the downward API volume, its files and where it is mounted. */
export function planVolume(
  pod: DecodedPod,
  targets: readonly ContainerPlace[],
  intent: VolumeIntent,
  status: InjectionStatus,
  findings: Findings,
): VolumeAddition | undefined {
  const index = (pod.spec.volumes ?? []).findIndex(({ name }) => name === volumeName);
  const named = pod.spec.volumes?.[index];
  const isOurs = named !== undefined && status.volumes.has(volumeName) && Boolean(named.downwardAPI);
  if (named !== undefined && !isOurs) {
    const detail = `the pod has a volume ${quote(volumeName)} of its own; give that another name`;
    findings.errors.push({ field: annotationField('volume'), kind: 'Forbidden', detail });
  }
  const existing = isOurs ? named : undefined;
  const present = existing?.downwardAPI?.items ?? [];
  const files = planFiles(pod, intent.files, present, status, findings);
  const mount: VolumeMount = { name: volumeName, mountPath: intent.mountPath, readOnly: true };
  const entries = new Set([...present, ...files].map(({ path }) => path.split('/', 1)[0] ?? ''));
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const mountedIn = planMounts(targets, { mountPath: intent.mountPath, entries }, volumes, isOurs, findings);
  if (files.length === 0 && present.length === 0) return undefined; // nothing asked for, or nothing right
  warnOfUnreadableFiles(pod.spec, targets, intent.defaultMode, findings);
  if (existing !== undefined) {
    if (files.length === 0 && mountedIn.length === 0) return undefined;
    const hasItems = Array.isArray(existing.downwardAPI?.items);
    return { volume: { kind: 'extend', index, hasItems, items: files }, mount, mountedIn };
  }
  const volume: Volume = { name: volumeName, downwardAPI: { defaultMode: intent.defaultMode, items: files } };
  return { volume: { kind: 'add', volume }, mount, mountedIn };
}

/** The files are root's: without read permission for others and without an fsGroup only root reads them. */
function warnOfUnreadableFiles(
  spec: PodSpec,
  targets: readonly ContainerPlace[],
  mode: number,
  findings: Findings,
): void {
  if ((mode & 0o004) !== 0 || typeof spec.securityContext?.fsGroup === 'number') return;
  const names = targets
    .map(({ container }) => container)
    .filter((container) => isNonRoot(spec, container))
    .map(({ name }) => name);
  if (names.length === 0) return;
  const octal = mode.toString(8).padStart(4, '0');
  const detail = `with mode ${octal} and no fsGroup the files are root's alone; ${listNames(names)} cannot read them`;
  warn(findings, 'unreadable-mode', 'volume-mode', detail);
}

function isNonRoot(spec: PodSpec, { securityContext }: Container): boolean {
  const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  if (typeof user === 'number') return user !== 0;
  return (securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) === true;
}
