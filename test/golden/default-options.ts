import { parseConfig, parseInjectionConfig } from '../../src/config/config.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import type { InjectionOptions } from '../../src/injection/injection-options.ts';
import type { GoldenSettings } from './cases.ts';

const parsed = parseConfig({ flags: {}, environment: {}, file: undefined });
if (parsed.kind === 'invalid') throw new Error(parsed.errors.map(formatFieldError).join('\n'));
const { ambassador, clusterName, profiles } = parsed.config;

/** The options of a server with default settings, on a Kubernetes with native sidecars. */
export const defaultOptions: InjectionOptions = {
  kubernetesVersion: { major: 1, minor: 33 },
  ambassador,
  onInvalid: 'deny',
  clusterName,
  profiles,
};

/** Returns the options of a golden case. Throws if its settings are invalid. */
export function goldenOptions({ kubernetesVersion, onInvalid, config }: GoldenSettings): InjectionOptions {
  const file = config === undefined ? undefined : { name: 'config', content: config };
  const ofCase = parseInjectionConfig({ flags: { kubernetesVersion, onInvalid }, environment: {}, file });
  if (ofCase.kind === 'invalid') throw new Error(ofCase.errors.map(formatFieldError).join('\n'));
  return ofCase.config;
}
