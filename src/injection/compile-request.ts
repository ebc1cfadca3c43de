import type { AnnotationName } from '../annotations/annotation-keys.ts';
import { emptyFindings, type Findings } from '../diagnostics/findings.ts';
import { compileAmbassador, type RequestedAmbassador } from './ambassador/compile-ambassador.ts';
import { compileEnv, type RequestedEnv } from './env/compile-env.ts';
import type { InjectionOptions } from './injection-options.ts';
import { parseAnnotations } from './parse-annotations.ts';
import type { PodOrigin } from './patch/injection-part.ts';
import type { Profile } from './profile.ts';
import { profilesOf } from './requested-profiles.ts';
import { type ResolvedIntents, resolveSources } from './resolve-sources.ts';
import { checkAvailability } from './source-availability.ts';
import { compileVolume, type RequestedVolume } from './volume/compile-volume.ts';

/** Everything that determines what a pod requests, besides the options. */
export interface RequestSource {
  /** The values of the annotations that users write, by name. */
  readonly values: ReadonlyMap<AnnotationName, string>;
  /** The names of the profiles that apply to a pod without the annotation `profile`. */
  readonly inheritedProfiles: readonly string[];
  readonly origin: Required<Pick<PodOrigin, 'namespace' | 'isNamespaceAssumed'>>;
}

/**
 * What a pod requests, with everything about it that does not depend on the pod: it is prepared once, and then applied to
 * each of the many pods that request the same.
 */
export interface InjectionRequest {
  readonly profiles: readonly Profile[];
  readonly intents: ResolvedIntents;
  /** Undefined if the pod does not request variables. */
  readonly env: RequestedEnv | undefined;
  readonly volume: RequestedVolume | undefined;
  readonly ambassador: RequestedAmbassador | undefined;
  /** What is wrong with the annotations, whatever the pod. */
  readonly findings: Findings;
}

/** Prepares a request. */
export type CompileRequest = (source: RequestSource, options: InjectionOptions) => InjectionRequest;

/**
 * Parses the annotations, merges the profiles, and prepares what they request. Pure: the result depends only on the source and the
 * options, so that it can be kept.
 */
export const compileRequest: CompileRequest = ({ values, inheritedProfiles, origin }, options) => {
  const { ambassador, kubernetesVersion, clusterName } = options;
  const findings = emptyFindings();
  const profiles = profilesOf({ values, inheritedProfiles, known: options.profiles }, findings);
  const intents = resolveSources(parseAnnotations(values, ambassador, findings, profiles), clusterName, findings);
  checkAvailability(intents, kubernetesVersion, findings);
  const { runAsUser, policy } = ambassador;
  const settings = { origin, kubernetesVersion, runAsUser, policy };
  return {
    profiles,
    intents,
    env: intents.env && compileEnv(intents.env),
    volume: intents.volume && compileVolume(intents.volume),
    ambassador: intents.ambassador && compileAmbassador(intents.ambassador, settings),
    findings,
  };
};
