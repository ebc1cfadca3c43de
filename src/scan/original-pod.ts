import { uninjectPod, withoutPaths } from '../injection/uninject-pod.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import type { Pod } from '../kubernetes/pod.ts';

/**
 * A stored pod without what its status annotation names, and without that annotation: the pod as it is asked for again
 * when it is created anew. A review of the stored pod itself would be a second pass, which leaves alone what an earlier
 * one injected: it would not say that the ambassador's port, a mount path or the kind of sidecar is refused today. What
 * other webhooks added after us stays; they add it again, and a second pass of ours would refuse it for the same
 * reasons. A pod whose status cannot be read stays as it is: that is its mistake.
 */
export function withoutInjected(pod: DecodedPod): Pod {
  const injected = uninjectPod(pod);
  return injected.kind === 'uninjected' ? (withoutPaths(pod, injected.paths) as Pod) : pod;
}
