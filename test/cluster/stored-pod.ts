import type { Pod, Volume, VolumeMount } from '../../src/kubernetes/pod.ts';

interface StoredVolume extends Volume {
  readonly secret?: { readonly secretName?: string };
}

/** What the server sets itself and anew for each pod. */
const serversOwn = ['uid', 'creationTimestamp', 'resourceVersion', 'generation', 'selfLink', 'managedFields'];

/**
 * The pod as the server gives it, without what differs from one creation to the next, so that two can be compared:
 * no identity, no times, no generated name, no token volume of the server's. Volumes and mounts are sorted by name,
 * since the token's come before or after ours.
 */
export function comparable(pod: Pod): object {
  const volumes = (pod.spec?.volumes ?? []) as readonly StoredVolume[];
  const tokens = new Set(volumes.filter(isServersToken).map(({ name }) => name));
  const withoutToken = (container: object & { volumeMounts?: readonly VolumeMount[] | null | undefined }) => ({
    ...container,
    volumeMounts: byName((container.volumeMounts ?? []).filter(({ name }) => !tokens.has(name))),
  });
  const metadata: Record<string, unknown> = { ...pod.metadata };
  for (const field of serversOwn) delete metadata[field];
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

/** A projected volume with a random name, or before 1.21 the account's Secret. */
function isServersToken({ name, secret }: StoredVolume): boolean {
  return name.startsWith('kube-api-access-') || /-token-[a-z0-9]{5}$/.test(secret?.secretName ?? '');
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
}
