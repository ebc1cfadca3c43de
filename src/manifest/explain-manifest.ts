import { annotationKey } from '../annotations/annotation-keys.ts';
import { ambassadorName, tokenVolumeName, volumeName } from '../annotations/injected-names.ts';
import { type InjectionStatus, statusOf } from '../annotations/injection-status.ts';
import type { AccessPreset } from '../injection/ambassador/ambassador-options.ts';
import { accessOf, portOf } from '../injection/ambassador/kubectl-proxy.ts';
import type { SkipReason } from '../injection/eligibility.ts';
import { listAt, valueAt } from '../json/json-value.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { type ContainerPlace, containerPlaces, type PodSpec, type ResourceRequirements } from '../kubernetes/pod.ts';
import { createPositions, splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { type ExplainedPod, type ExplainedSource, explainSource } from './explain-source.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { inSomeNamespace, type ManifestOptions } from './manifest-options.ts';
import { mentionsDownlink, nameOf, openDocument, type ReviewedPod, reviewDocument } from './review-manifest.ts';

/** What a pod, or the pods of a workload, get from Downlink; what a pod that exists has got. */
export interface PodExplanation {
  /** As kubectl names it: `Deployment/web`. */
  readonly object: string;
  /** Undefined where it is not known. */
  readonly namespace: string | undefined;
  /** Where the object begins, from 1. */
  readonly line: number;
  readonly outcome: 'injected' | 'denied' | 'skipped';
  /** Why nothing is injected; undefined where something is. `not-injected` is a pod that exists and got nothing. */
  readonly reason: SkipReason | 'invalid' | 'not-injected' | undefined;
  readonly variables: readonly ExplainedVariable[];
  readonly files: readonly ExplainedFile[];
  readonly ambassador: ExplainedAmbassador | undefined;
  readonly findings: readonly ManifestFinding[];
  /** Whether the Kubernetes version decides what it gets, and is not known. */
  readonly needsVersion: boolean;
}

export interface ExplainedVariable extends ExplainedSource {
  readonly container: string;
  readonly name: string;
}

export interface ExplainedFile extends ExplainedSource {
  readonly container: string;
  /** The whole path within the container. */
  readonly path: string;
}

/** The ambassador of a pod, as it is or would be injected. */
export interface ExplainedAmbassador {
  readonly port: number;
  readonly access: readonly AccessPreset[];
  /** `init` is a native sidecar that somebody took the restartPolicy from: the pod stays in Init. */
  readonly sidecar: 'native' | 'container' | 'init';
  readonly image: string;
  readonly resources: ResourceRequirements;
  /** Seconds for which a token of its holds; the kubelet replaces it before. */
  readonly tokenExpirationSeconds: number | undefined;
  /** Whether the application's containers get a token of the API server, too. */
  readonly applicationHasToken: boolean;
}

/** What each pod and pod template of a manifest gets, and what of the manifest cannot be read. */
export function explain(
  manifest: string,
  options: ManifestOptions,
): { readonly pods: readonly PodExplanation[]; readonly findings: readonly ManifestFinding[] } {
  const positions = createPositions(manifest);
  const findings: ManifestFinding[] = [];
  const pods: PodExplanation[] = [];
  for (const source of splitDocuments(manifest)) {
    const isOurs = mentionsDownlink(source);
    const document = openDocument(source, isOurs, positions);
    if ('severity' in document) findings.push(document);
    if ('severity' in document || !isOurs) continue;
    for (const reviewed of reviewDocument(document, inSomeNamespace(options), positions)) {
      const { object, needsVersion } = reviewed;
      const { line } = positions(document.offset + offsetOfField(document, object.path, ''));
      const namespace = object.namespace ?? options.namespace;
      pods.push({ object: nameOf(object), namespace, line, needsVersion, ...explainPod(reviewed, options) });
    }
  }
  return { pods: pods.filter(({ reason, findings: own }) => reason !== 'not-requested' || own.length > 0), findings };
}

function explainPod(
  { object, templatePath, pod: given, outcome, findings }: ReviewedPod,
  { namespace, kubernetesVersion }: ManifestOptions,
): Omit<PodExplanation, 'object' | 'namespace' | 'line' | 'needsVersion'> {
  const nothing = { variables: [], files: [], ambassador: undefined, findings };
  if (outcome.kind === 'denied') return { outcome: 'denied', reason: 'invalid', ...nothing };
  if (outcome.kind === 'skipped' && outcome.reason !== 'nothing-to-add') {
    return { outcome: 'skipped', reason: outcome.reason, ...nothing };
  }
  // a pod that exists gets nothing more; what it has may be from an earlier version of ours, or changed since
  const exists = templatePath.length === 0 && valueAt(given, ['metadata', 'uid']) !== undefined;
  if (exists && valueAt(given, ['metadata', 'annotations', annotationKey('status')]) === undefined) {
    return { outcome: 'skipped', reason: 'not-injected', ...nothing };
  }
  const pod = (outcome.kind === 'injected' && !exists ? outcome.pod : given) as DecodedPod;
  const status = statusOf(pod);
  const about: ExplainedPod = {
    pod,
    isTemplate: templatePath.length > 0,
    namespace: object.namespace ?? namespace,
    kubernetesVersion,
  };
  return {
    outcome: 'injected',
    reason: undefined,
    variables: explainVariables(about, status),
    files: explainFiles(about, status),
    ambassador: explainAmbassador(pod.spec, status),
    findings,
  };
}

function explainVariables(about: ExplainedPod, status: InjectionStatus): readonly ExplainedVariable[] {
  return containerPlaces(about.pod.spec).flatMap(({ container }) => {
    const names = status.env.get(container.name);
    return (container.env ?? [])
      .filter(({ name }) => names?.has(name))
      .map(({ name, value, valueFrom }) => ({
        container: container.name,
        name,
        ...explainSource({ value, ...valueFrom }, 'variable', container.resources, about),
      }));
  });
}

function explainFiles(about: ExplainedPod, status: InjectionStatus): readonly ExplainedFile[] {
  const { spec } = about.pod;
  const volume = (spec.volumes ?? []).find(({ name }) => name === volumeName && status.volumes.has(name));
  const resources = new Map(containerPlaces(spec).map(({ container }) => [container.name, container.resources]));
  return containerPlaces(spec).flatMap(({ container }) => {
    const paths = status.mounts.get(container.name);
    const mounts = (container.volumeMounts ?? []).filter(
      ({ name, mountPath }) => name === volumeName && paths?.has(mountPath),
    );
    return mounts.flatMap(({ mountPath }) =>
      (volume?.downwardAPI?.items ?? []).map((file) => ({
        container: container.name,
        path: `${mountPath === '/' ? '' : mountPath}/${file.path}`,
        ...explainSource(file, 'file', resources.get(file.resourceFieldRef?.containerName ?? ''), about),
      })),
    );
  });
}

function explainAmbassador(spec: PodSpec, status: InjectionStatus): ExplainedAmbassador | undefined {
  const place = containerPlaces(spec).find(({ container }) => container.name === ambassadorName);
  if (place === undefined || !status.containers.has(ambassadorName)) return undefined;
  const { container } = place;
  const args = container.args ?? [];
  const token = (spec.volumes ?? []).find(({ name }) => name === tokenVolumeName);
  const seconds = listAt(token, ['projected', 'sources']).map((source) =>
    valueAt(source, ['serviceAccountToken', 'expirationSeconds']),
  );
  return {
    port: portOf(args),
    access: accessOf(args),
    sidecar: sidecarOf(place),
    image: container.image ?? '',
    resources: container.resources ?? {},
    tokenExpirationSeconds: seconds.find((one) => typeof one === 'number'),
    applicationHasToken: valueAt(spec, ['automountServiceAccountToken']) !== false,
  };
}

function sidecarOf({ list, container }: ContainerPlace): ExplainedAmbassador['sidecar'] {
  if (list === 'containers') return 'container';
  return container.restartPolicy === 'Always' ? 'native' : 'init';
}
