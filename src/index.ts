/**
 * Downlink as a library: does to the text of manifests what the webhook does to pods in a cluster. All functions are
 * pure; reading and writing files is up to the caller.
 *
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { formatFieldError, inject, manifestOptions } from 'kubectl-downlink';
 *
 * const parsed = manifestOptions({ kubernetesVersion: '1.33' });
 * if (parsed.kind === 'invalid') throw new Error(parsed.errors.map(formatFieldError).join('\n'));
 * const { text, findings } = inject(await readFile('pod.yaml', 'utf8'), parsed.options);
 * ```
 */

export type { SettingSources, SettingsFile } from './config/setting-sources.ts';
export { type FieldError, type FieldErrorKind, formatFieldError } from './diagnostics/field-error.ts';
export type { Found, Warning, WarningCode } from './diagnostics/findings.ts';
export type { AmbassadorIntent } from './injection/ambassador/ambassador-options.ts';
export type { DeniedDecision, InjectedDecision, Outcome, SkippedDecision } from './injection/decision.ts';
export type { SkipReason } from './injection/eligibility.ts';
export { injectPod } from './injection/inject-pod.ts';
export type { InjectionOptions } from './injection/injection-options.ts';
export type { AmbassadorPolicy, InjectedKind, PodOrigin } from './injection/patch/injection-part.ts';
export type { Profile, Profiles } from './injection/profile.ts';
export { type Uninjection, uninjectPod, withoutPaths } from './injection/uninject-pod.ts';
export type { AddOperation } from './json/json-patch.ts';
export type { Path } from './json/json-value.ts';
export type { KubernetesVersion } from './kubernetes/kubernetes-version.ts';
export type { Pod, ResourceRequirements } from './kubernetes/pod.ts';
export type { Workload } from './kubernetes/workload.ts';
export { toJson, toYaml } from './manifest/convert-manifest.ts';
export type { ExplainedAmbassador } from './manifest/explain-ambassador.ts';
export {
  type ExplainedFile,
  type ExplainedVariable,
  explain,
  type PodExplanation,
} from './manifest/explain-manifest.ts';
export type { ExplainedSource } from './manifest/explain-source.ts';
export { type InjectedManifest, inject } from './manifest/inject-manifest.ts';
export { isKustomizationFile } from './manifest/kustomization.ts';
export { type LintedManifest, lint, type NamedManifest } from './manifest/lint-manifests.ts';
export type { DocumentChange, ManifestChange } from './manifest/manifest-change.ts';
export type { HintCode, ManifestFinding, ManifestFindingCode } from './manifest/manifest-finding.ts';
export {
  type ManifestOptions,
  type ManifestSettings,
  manifestOptions,
  type ParsedManifestOptions,
} from './manifest/manifest-options.ts';
export { patchFiles } from './manifest/patch-files.ts';
export {
  type FunctionResult,
  type InjectedResourceList,
  injectResourceList,
  isResourceList,
} from './manifest/resource-list.ts';
export { uninject } from './manifest/uninject-manifest.ts';
export { version } from './version.ts';
export type { TextEdit } from './yaml-edit/text-edit.ts';
