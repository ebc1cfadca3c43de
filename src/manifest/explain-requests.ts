import type { AnnotationName } from '../annotations/annotation-keys.ts';
import { statusOf } from '../annotations/injection-status.ts';
import { emptyFindings } from '../diagnostics/findings.ts';
import type { AmbassadorIntent } from '../injection/ambassador/ambassador-options.ts';
import type { EnvIntent } from '../injection/env/env-items.ts';
import { readOwnAnnotations } from '../injection/own-annotations.ts';
import { parseAnnotations } from '../injection/parse-annotations.ts';
import type { Profile } from '../injection/profile.ts';
import { inheritedProfiles, profilesOf } from '../injection/requested-profiles.ts';
import type { FileIntent } from '../injection/volume/file-items.ts';
import { objectAt } from '../json/json-value.ts';
import type { ManifestOptions } from './manifest-options.ts';

/** What a pod requests: the items of its annotations and of its profiles, and the ambassador. */
export interface RequestedItems {
  /** By NAME. */
  readonly variables: ReadonlyMap<string, EnvIntent>;
  /** By path, relative to the mount path. */
  readonly files: ReadonlyMap<string, FileIntent>;
  /** Undefined if the pod does not request one. */
  readonly ambassador: AmbassadorIntent | undefined;
  /** The profile that requests the ambassador; undefined if the pod's own annotation does, or if nothing does. */
  readonly ambassadorProfile: string | undefined;
}

/** Returns what a pod requests. What is wrong with it is reported elsewhere. */
export function requestedItems(pod: unknown, options: ManifestOptions): RequestedItems {
  const findings = emptyFindings();
  const values = readOwnAnnotations(objectAt(pod, ['metadata', 'annotations']), findings);
  const inherited = inheritedProfiles({ namespace: options.namespace }, statusOf(pod));
  const profiles = profilesOf({ values, inheritedProfiles: inherited, known: options.profiles }, findings);
  const { env = [], volume, ambassador } = parseAnnotations(values, options.ambassador, findings, profiles);
  const kubeconfigProfile = profileOf('ambassador-kubeconfig', values, profiles);
  const withProfile = (intent: EnvIntent): EnvIntent =>
    intent.annotation === undefined || kubeconfigProfile === undefined
      ? intent
      : { ...intent, profile: kubeconfigProfile };
  return {
    variables: new Map(env.map((intent) => [intent.name, withProfile(intent)])),
    files: new Map((volume?.files ?? []).map((intent) => [intent.path, intent])),
    ambassador,
    ambassadorProfile: profileOf('ambassador', values, profiles),
  };
}

/** Returns the profile that determines the value of an annotation; undefined if the pod itself does, or if nothing does. */
function profileOf(
  name: AnnotationName,
  values: ReadonlyMap<AnnotationName, string>,
  profiles: readonly Profile[],
): string | undefined {
  return values.has(name) ? undefined : profiles.findLast((profile) => profile.values.has(name))?.name;
}
