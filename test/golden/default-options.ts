import { parseConfig } from '../../src/config/config.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import type { InjectionOptions } from '../../src/injection/inject-pod.ts';

const parsed = parseConfig({ flags: {}, environment: {}, file: undefined });
if (parsed.kind === 'invalid') throw new Error(parsed.errors.map(formatFieldError).join('\n'));

/** The options of a server with default settings, on a Kubernetes with native sidecars. */
export const defaultOptions: InjectionOptions = {
  kubernetesVersion: { major: 1, minor: 33 },
  ambassador: parsed.config.ambassador,
  onInvalid: 'deny',
};
