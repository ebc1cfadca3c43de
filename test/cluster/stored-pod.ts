import type { Pod, Volume, VolumeMount } from '../../src/kubernetes/pod.ts';

interface StoredVolume extends Volume {
  readonly secret?: { readonly secretName?: string };
}

/** The fields that the API server sets to a different value for each pod. */
const serverFields = ['uid', 'creationTimestamp', 'resourceVersion', 'generation', 'selfLink', 'managedFields'];

/**
 * Returns a stored pod in a form that can be compared with another: without identity, times, generated name, and the token
 * volume of the API server. Volumes and mounts are sorted by name, because the position of the token volume varies.
 */
export function comparable(pod: Pod): object {
  const volumes = (pod.spec?.volumes ?? []) as readonly StoredVolume[];
  const tokens = new Set(volumes.filter(isTokenVolume).map(({ name }) => name));
  const withoutToken = (container: object & { volumeMounts?: readonly VolumeMount[] | null | undefined }) => ({
    ...container,
    volumeMounts: byName((container.volumeMounts ?? []).filter(({ name }) => !tokens.has(name))),
  });
  const metadata: Record<string, unknown> = { ...pod.metadata };
  for (const field of serverFields) delete metadata[field];
  if (metadata['generateName'] !== undefined) delete metadata['name'];
  return {
    ...pod,
    metadata,
    spec: {
      ...pod.spec,
      volumes: byName(volumes.filter(({ name }) => !tokens.has(name))),
      containers: (pod.spec?.containers ?? []).map(withoutToken),
      initContainers: (pod.spec?.initContainers ?? []).map(withoutToken),
    },
  };
}

/** Reports whether it is the projected volume with a random name, or before 1.21 the Secret of the service account. */
function isTokenVolume({ name, secret }: StoredVolume): boolean {
  return name.startsWith('kube-api-access-') || /-token-[a-z0-9]{5}$/.test(secret?.secretName ?? '');
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
}
