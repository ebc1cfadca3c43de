import { formatFieldError, type ManifestOptions, manifestOptions } from '../../src/index.ts';

/** Returns the options for settings that are right. */
export function validOptions(...args: Parameters<typeof manifestOptions>): ManifestOptions {
  const parsed = manifestOptions(...args);
  if (parsed.kind === 'invalid') throw new Error(parsed.errors.map(formatFieldError).join('\n'));
  return parsed.options;
}
