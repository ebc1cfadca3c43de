import { type InjectionConfig, parseInjectionConfig } from '../config/config.ts';
import type { SettingSources } from '../config/setting-sources.ts';
import type { FieldError } from '../diagnostics/field-error.ts';

/** The options that determine what happens to the pods of a manifest. */
export interface ManifestOptions extends InjectionConfig {
  /** The namespace of objects that set none; undefined if it is unknown. */
  readonly namespace: string | undefined;
  /** Whether that namespace is only assumed; absent means no. */
  readonly isNamespaceAssumed?: boolean;
}

/** Options, or everything that is wrong with the settings. */
export type ParsedManifestOptions =
  | { readonly kind: 'valid'; readonly options: ManifestOptions }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/**
 * Returns the options with kubectl's default namespace if the namespace is unknown, for commands that only report: what
 * is wrong in every namespace is wrong in this one, too, and every pod has a namespace in the end. It is only assumed, so the
 * namespaces that a cluster allows are not compared with it.
 */
export function withSomeNamespace(options: ManifestOptions): ManifestOptions & { readonly namespace: string } {
  return { ...options, namespace: options.namespace ?? 'default', isNamespaceAssumed: options.namespace === undefined };
}

/** Settings as text, keyed by their names in a settings file: `{ kubernetesVersion: '1.33' }`. */
export type ManifestSettings = Readonly<Record<string, unknown>>;

/**
 * Parses settings into options. A setting that is absent has the default of the server, except for the Kubernetes
 * version, which is unknown offline. `others` can add the other sources of a server, environment variables and a
 * settings file, and the settings of a cluster, in that order of precedence.
 */
export function manifestOptions(
  settings: ManifestSettings = {},
  namespace?: string,
  others: Partial<Omit<SettingSources, 'flags'>> = {},
): ParsedManifestOptions {
  const parsed = parseInjectionConfig({ flags: settings, environment: {}, file: undefined, ...others });
  if (parsed.kind === 'invalid') return parsed;
  return { kind: 'valid', options: { ...parsed.config, namespace } };
}
