import { annotationPrefix } from '../annotations/annotation-keys.ts';
import { parseStatus } from '../annotations/injection-status.ts';
import { emptyFindings, foundAll, mapFound, repeatFindings } from '../diagnostics/findings.ts';
import { type DeniedDecision, denied, type SkippedDecision, skipped } from '../injection/decision.ts';
import { ineligible } from '../injection/eligibility.ts';
import { withoutRepeats } from '../injection/env/requested-variables.ts';
import { readOwnAnnotations } from '../injection/own-annotations.ts';
import { parseAnnotations } from '../injection/parse-annotations.ts';
import { inheritedProfiles, profilesOf, sourcesOfFindings } from '../injection/requested-profiles.ts';
import { resolveSources } from '../injection/resolve-sources.ts';
import { checkAvailability } from '../injection/source-availability.ts';
import { isObject, objectAt, valueAt } from '../json/json-value.ts';
import { templateShapes } from '../kubernetes/pod-template-path.ts';
import { type ManifestPod, objectsOf, podIn } from './manifest-objects.ts';
import type { ManifestOptions } from './manifest-options.ts';

/**
 * Returns the Pods and workloads of a document that may have patches. A pod without a list of containers is partial: a cluster
 * rejects such an object, so it is the patch of another one. In a file that is known to be a patch, all are.
 */
export function podsAndPatchesOf(value: unknown, isPatch: boolean): readonly ManifestPod[] {
  return objectsOf(value).flatMap((object) => {
    const { podPath, path } = object;
    const ofKind = podPath?.slice(path.length).map(String);
    const templatePath = ofKind ?? (isPatch ? annotatedTemplate(object.value) : undefined);
    if (templatePath === undefined) return [];
    const isPartial = isPatch || valueAt(object.value, [...templatePath, 'spec', 'containers']) === undefined;
    return [podIn(isPartial ? { ...object, value: withoutRemovals(object.value) } : object, templatePath, isPartial)];
  });
}

/** Returns the path of the pod template that the patch of a custom resource annotates. */
function annotatedTemplate(object: unknown): readonly string[] | undefined {
  return templateShapes.find((shape) =>
    Object.keys(objectAt(object, [...shape, 'metadata', 'annotations'])).some((key) =>
      key.startsWith(annotationPrefix),
    ),
  );
}

/**
 * Decides on a pod of which a patch has only a part. The annotations are checked as far as they do not depend on the
 * rest: an annotation may be an option of one in the base, and the containers are unknown.
 */
export function decideOnPartialPod(pod: unknown, options: ManifestOptions): DeniedDecision | SkippedDecision {
  const annotations = objectAt(pod, ['metadata', 'annotations']);
  const reason = ineligible(annotations);
  if (reason === 'mirror-pod' || reason === 'opted-out') return skipped(reason);
  const { profiles: known, clusterName, kubernetesVersion } = options;
  const findings = emptyFindings();
  const values = readOwnAnnotations(annotations, findings);
  const ofStatus = emptyFindings();
  const status = parseStatus(values.get('status'), ofStatus);
  const inherited = inheritedProfiles({ namespace: undefined }, status);
  const profiles = profilesOf({ values, inheritedProfiles: inherited, known }, findings);
  const intents = parseAnnotations(values, options.ambassador, findings, profiles);
  // the base may request the ambassador
  const withAmbassador = { ...intents, ambassador: intents.ambassador ?? options.ambassador };
  const resolved = resolveSources(withAmbassador, clusterName, findings);
  checkAvailability(resolved, kubernetesVersion, findings);
  withoutRepeats(resolved.env ?? [], findings);
  repeatFindings(ofStatus, findings);
  const whose = sourcesOfFindings(values, profiles);
  if (findings.errors.total > 0) return denied(mapFound(findings.errors, whose));
  const decidable = findings.warnings.first.filter(({ code }) => code !== 'option-without-effect');
  return skipped('not-requested', mapFound(foundAll(decidable), whose));
}

const maxDepth = 20; // nested maps: no Kubernetes object has annotations deeper than that

/** Returns a patch without the Downlink annotations that it removes: a strategic merge patch does so with null. */
function withoutRemovals(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > maxDepth) return value;
  const kept = Object.entries(value).filter(([key, child]) => child !== null || !key.startsWith(annotationPrefix));
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutRemovals(child, depth + 1)]));
}
