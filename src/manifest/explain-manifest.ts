import { annotationKey } from '../annotations/annotation-keys.ts';
import { volumeName } from '../annotations/injected-names.ts';
import { type InjectionStatus, statusOf } from '../annotations/injection-status.ts';
import type { SkipReason } from '../injection/eligibility.ts';
import { valueAt } from '../json/json-value.ts';
import { type DecodedPod, decodePod } from '../kubernetes/decode-pod.ts';
import { containerPlaces } from '../kubernetes/pod.ts';
import { createPositions } from '../yaml-edit/text-lines.ts';
import { splitDocuments } from '../yaml-edit/yaml-stream.ts';
import { type ExplainedAmbassador, explainAmbassador } from './explain-ambassador.ts';
import { type RequestedItems, requestedItems } from './explain-requests.ts';
import { type ExplainedPod, type ExplainedSource, explainSource } from './explain-source.ts';
import { mentionsDownlink, openDocument } from './manifest-document.ts';
import { type ManifestFinding, offsetOfField } from './manifest-finding.ts';
import { displayName } from './manifest-objects.ts';
import { type ManifestOptions, withSomeNamespace } from './manifest-options.ts';
import { type ReviewedPod, reviewDocument } from './review-manifest.ts';

/** What a new pod gets from Downlink, or what an existing pod has. */
export interface PodExplanation {
  /** The object's name, as kubectl prints it: `Deployment/web`. */
  readonly object: string;
  /** Undefined if it is unknown. */
  readonly namespace: string | undefined;
  /** The line on which the object begins, counted from 1. */
  readonly line: number;
  readonly outcome: 'injected' | 'denied' | 'skipped';
  /**
   * Why nothing is injected. Two reasons are only for existing pods: `not-injected` means that Downlink added nothing,
   * and `would-be-denied` that the pod was injected when it was created, but that a new pod with its annotations would
   * be rejected. Undefined if there is nothing to say.
   */
  readonly reason: SkipReason | 'invalid' | 'not-injected' | 'would-be-denied' | undefined;
  readonly variables: readonly ExplainedVariable[];
  readonly files: readonly ExplainedFile[];
  readonly ambassador: ExplainedAmbassador | undefined;
  readonly findings: readonly ManifestFinding[];
  /** Whether the outcome depends on the Kubernetes version, which is unknown. */
  readonly needsVersion: boolean;
}

/** A variable of a container. */
export interface ExplainedVariable extends ExplainedSource {
  readonly container: string;
  readonly name: string;
}

/** A file in a container. */
export interface ExplainedFile extends ExplainedSource {
  readonly container: string;
  /** The absolute path in the container. */
  readonly path: string;
}

/** Explains each pod and pod template of a manifest. The findings report documents that cannot be read. */
export function explain(
  manifest: string,
  options: ManifestOptions,
): { readonly pods: readonly PodExplanation[]; readonly findings: readonly ManifestFinding[] } {
  const positions = createPositions(manifest);
  const findings: ManifestFinding[] = [];
  const pods: PodExplanation[] = [];
  for (const source of splitDocuments(manifest)) {
    const mayHaveAnnotations = mentionsDownlink(source);
    const opened = openDocument(source, mayHaveAnnotations ? 'value' : 'syntax', positions);
    if (opened.kind === 'failure') findings.push(opened.finding);
    if (opened.kind === 'failure' || !mayHaveAnnotations) continue;
    const { document } = opened;
    for (const reviewed of reviewDocument(document, withSomeNamespace(options), positions)) {
      const { object, needsVersion } = reviewed;
      const { line } = positions(document.offset + offsetOfField(document, object.path, ''));
      const namespace = object.namespace ?? options.namespace;
      pods.push({ object: displayName(object), namespace, line, needsVersion, ...explainPod(reviewed, options) });
    }
  }
  return { pods: pods.filter(({ reason, findings: own }) => reason !== 'not-requested' || own.length > 0), findings };
}

type OutcomeOfPod = Omit<PodExplanation, 'object' | 'namespace' | 'line' | 'needsVersion'>;

function explainPod(reviewed: ReviewedPod, options: ManifestOptions): OutcomeOfPod {
  const { outcome, findings } = reviewed;
  const nothing = { variables: [], files: [], ambassador: undefined, findings };
  if (outcome.kind === 'skipped' && outcome.reason !== 'invalid-let-through' && outcome.reason !== 'nothing-to-add')
    return { outcome: 'skipped', reason: outcome.reason, ...nothing };
  if (isExistingPod(reviewed)) return explainExistingPod(reviewed, options);
  if (outcome.kind === 'denied') return { outcome: 'denied', reason: 'invalid', ...nothing };
  if (outcome.kind === 'skipped' && outcome.reason === 'invalid-let-through')
    return { outcome: 'skipped', reason: outcome.reason, ...nothing };
  const pod = (outcome.kind === 'injected' ? outcome.pod : reviewed.pod) as DecodedPod;
  return { outcome: 'injected', reason: undefined, ...explainParts(pod, reviewed, options), findings };
}

/** Returns whether the manifest is that of a pod in a cluster, for which an injection would come too late. */
function isExistingPod({ templatePath, pod }: ReviewedPod): boolean {
  return templatePath.length === 0 && valueAt(pod, ['metadata', 'uid']) !== undefined;
}

/** Explains what an existing pod has, which may come from another version or may have changed since. */
function explainExistingPod(reviewed: ReviewedPod, options: ManifestOptions): OutcomeOfPod {
  const { pod, outcome, findings } = reviewed;
  const decoding = decodePod(pod);
  if (valueAt(pod, ['metadata', 'annotations', annotationKey('status')]) === undefined || decoding.kind === 'invalid')
    return { outcome: 'skipped', reason: 'not-injected', variables: [], files: [], ambassador: undefined, findings };
  const reason = outcome.errors.total > 0 ? 'would-be-denied' : undefined;
  return { outcome: 'injected', reason, ...explainParts(decoding.pod, reviewed, options), findings };
}

function explainParts(
  pod: DecodedPod,
  { object, templatePath }: ReviewedPod,
  options: ManifestOptions,
): Pick<PodExplanation, 'variables' | 'files' | 'ambassador'> {
  const status = statusOf(pod);
  const isTemplate = templatePath.length > 0;
  const { namespace, kubernetesVersion } = options;
  const explained = { pod, isTemplate, namespace: object.namespace ?? namespace, kubernetesVersion };
  const requested = requestedItems(pod, options);
  return {
    variables: explainVariables(explained, status, requested),
    files: explainFiles(explained, status, requested),
    ambassador: explainAmbassador(pod.spec, status, requested.ambassadorProfile),
  };
}

function explainVariables(
  explained: ExplainedPod,
  status: InjectionStatus,
  { variables }: RequestedItems,
): readonly ExplainedVariable[] {
  return containerPlaces(explained.pod.spec).flatMap(({ container }) => {
    const names = status.env.get(container.name);
    return (container.env ?? [])
      .filter(({ name }) => names?.has(name))
      .map(({ name, value, valueFrom }) => ({
        container: container.name,
        name,
        ...explainSource(
          { value, ...valueFrom },
          { kind: 'variable', resources: container.resources, request: variables.get(name), explained },
        ),
      }));
  });
}

function explainFiles(
  explained: ExplainedPod,
  status: InjectionStatus,
  { files }: RequestedItems,
): readonly ExplainedFile[] {
  const { spec } = explained.pod;
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
        ...explainSource(file, {
          kind: 'file',
          resources: resources.get(file.resourceFieldRef?.containerName ?? ''),
          request: files.get(file.path),
          explained,
        }),
      })),
    );
  });
}
