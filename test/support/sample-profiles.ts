import { type InjectionConfig, parseInjectionConfig } from '../../src/config/config.ts';
import { formatFieldError } from '../../src/diagnostics/field-error.ts';
import type { Profiles } from '../../src/injection/profile.ts';

/** Profiles that agree and conflict with each other and with annotations that the generators of pods choose. */
const settings = {
  clusterName: 'prod-eu',
  profiles: {
    web: { env: 'pod, otel, A="$(POD_NAME)"', volume: 'labels, main:limits.cpu', ambassador: 'true' },
    batch: { env: 'A=metadata.uid, B=limits.memory*90%', volume: 'a/b=metadata.uid', 'volume-path': '/work/info' },
    locked: {
      ambassador: 'true',
      'ambassador-access': 'own-namespace',
      'ambassador-kubeconfig': 'true',
      locked: 'ambassador-access, env',
    },
    first: { env: "F=metadata.labels['app']?, CLUSTER_NAME=cluster.name" },
    port: { 'ambassador-port': '8090', env: 'ambassador.url' },
    described: { description: 'nothing yet' },
  },
};
/** Returns the configuration that a settings file with this content gives. Throws if it is not valid. */
export function configFrom(content: Readonly<Record<string, unknown>>): InjectionConfig {
  const parsed = parseInjectionConfig({ flags: {}, environment: {}, file: { name: 'sample', content } });
  if (parsed.kind === 'invalid') throw new Error(parsed.errors.map(formatFieldError).join('\n'));
  return parsed.config;
}

const config = configFrom(settings);
export const sampleProfiles: Profiles = config.profiles;
export const sampleClusterName = config.clusterName;
export const sampleNames: readonly string[] = [...sampleProfiles.keys()];
