/**
 * Downlink as a library: what its webhook does in a cluster, on the text of manifests. All of it is pure; reading and
 * writing files is up to the caller.
 *
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { formatFieldError, inject, manifestOptions } from 'kubectl-downlink';
 *
 * const options = manifestOptions({ kubernetesVersion: '1.33' });
 * if ('errors' in options) throw new Error(options.errors.map(formatFieldError).join('\n'));
 * const { text, findings } = inject(await readFile('pod.yaml', 'utf8'), options);
 * ```
 */
export type { AmbassadorIntent } from './annotations/ambassador-options.ts';
export type { SettingSources } from './config.ts';
export type { SkipReason } from './eligibility.ts';
export { type FieldError, type FieldErrorKind, formatFieldError } from './field-error.ts';
export type { Found, Warning, WarningCode } from './findings.ts';
export { type Decision, type InjectionOptions, injectPod, type Outcome } from './injection/inject-pod.ts';
export { type Uninjection, uninjectPod, withoutPaths } from './injection/uninject-pod.ts';
export type { AddOperation } from './json-patch.ts';
export type { Path } from './json-value.ts';
export type { Pod, ResourceRequirements } from './kubernetes/pod.ts';
export type { KubernetesVersion } from './kubernetes/version.ts';
export type { DocumentChange, ManifestChange } from './manifest/change.ts';
export { toJson, toYaml } from './manifest/convert.ts';
export type { TextEdit } from './manifest/edit.ts';
export {
  type ExplainedAmbassador,
  type ExplainedFile,
  type ExplainedVariable,
  explain,
  type PodExplanation,
} from './manifest/explain.ts';
export type { ExplainedSource } from './manifest/explain-source.ts';
export type { FindingCode, ManifestFinding } from './manifest/finding.ts';
export { type InjectedManifest, inject } from './manifest/inject.ts';
export { type LintedManifest, lint, type NamedManifest } from './manifest/lint.ts';
export { type ManifestOptions, type ManifestSettings, manifestOptions } from './manifest/options.ts';
export { uninject } from './manifest/uninject.ts';
export type { SettingsFile } from './unknown-settings.ts';
export { version } from './version.ts';
