import { annotationKey } from '../annotations/keys.ts';
import { parseStatus } from '../annotations/status.ts';
import { volumeName } from '../injection/names.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import type { Container, Pod } from '../kubernetes/pod.ts';

/**
 * A stored pod without what its status annotation names, and without that annotation: the pod as it is asked for again
 * when it is created anew. A review of the stored pod itself would be a second pass, which leaves alone what an earlier
 * one injected: it would not say that the ambassador's port, a mount path or the kind of sidecar is refused today. What
 * other webhooks added after us stays; they add it again, and a second pass of ours would refuse it for the same
 * reasons. A pod whose status cannot be read stays as it is: that is its mistake.
 */
export function withoutInjected(pod: DecodedPod): Pod {
  const { [annotationKey('status')]: text, ...annotations } = pod.metadata?.annotations ?? {};
  if (typeof text !== 'string') return pod;
  const findings = { errors: [], warnings: [] };
  const status = parseStatus(text, findings);
  if (findings.errors.length > 0) return pod;

  const strip = (containers: readonly Container[] | null | undefined) =>
    containers
      ?.filter(({ name }) => !status.containers.includes(name))
      .map((container) => {
        const variables = new Set(status.env.get(container.name));
        const mounts = new Set(status.mounts.get(container.name));
        return {
          ...container,
          env: container.env?.filter(({ name }) => !variables.has(name)),
          volumeMounts: container.volumeMounts?.filter(
            ({ name, mountPath }) => !(name === volumeName && mounts.has(mountPath)),
          ),
        };
      });
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      containers: strip(pod.spec.containers),
      initContainers: strip(pod.spec.initContainers),
      volumes: pod.spec.volumes?.filter(({ name }) => !status.volumes.includes(name)),
    },
  };
}
