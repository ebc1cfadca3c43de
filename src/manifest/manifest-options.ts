import { type InjectionConfig, parseInjectionConfig } from '../config/config.ts';
import type { SettingSources } from '../config/setting-sources.ts';
import type { FieldError } from '../diagnostics/field-error.ts';

/** What decides about the pods of a manifest. */
export interface ManifestOptions extends InjectionConfig {
  /** The namespace of objects that have none of their own; undefined where that is not known. */
  readonly namespace: string | undefined;
}

/**
 * The options with the namespace that kubectl would take where none is known. What is wrong in every namespace is wrong in
 * that one, and a pod lacks none in the end.
 */
export function inSomeNamespace(options: ManifestOptions): ManifestOptions & { readonly namespace: string } {
  return { ...options, namespace: options.namespace ?? 'default' };
}

/** Settings by the names that they have in a configuration file, as text: `{ kubernetesVersion: '1.33' }`. */
export type ManifestSettings = Readonly<Record<string, unknown>>;

/**
 * The options for these settings, each else its default: the server's, but for the API server's version, which is
 * unknown offline. What else a server takes settings from can be given, too: environment variables and a file's content; and a
 * cluster's settings, for what none of these has.
 * Gives what is wrong with them instead, if anything is.
 */
export function manifestOptions(
  settings: ManifestSettings = {},
  namespace?: string,
  others: Partial<Omit<SettingSources, 'flags'>> = {},
): ManifestOptions | { readonly errors: readonly FieldError[] } {
  const parsed = parseInjectionConfig({ flags: settings, environment: {}, file: undefined, ...others });
  return parsed.kind === 'invalid' ? { errors: parsed.errors } : { ...parsed.config, namespace };
}
