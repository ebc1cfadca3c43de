import { uninjectPod, withoutPaths } from '../injection/uninject-pod.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import type { Pod } from '../kubernetes/pod.ts';

/**
 * Returns a stored pod without its injection: the pod that would be requested if it were recreated. A review of the
 * stored pod would be a reinvocation, which leaves an earlier injection alone, so it would not report that the port,
 * mount path, or kind of sidecar would be denied today. What other webhooks added remains: they would add it again. A
 * pod with an unreadable status is returned unchanged, because the status is then the mistake.
 */
export function withoutInjected(pod: DecodedPod): Pod {
  const injected = uninjectPod(pod);
  return injected.kind === 'uninjected' ? (withoutPaths(pod, injected.paths) as Pod) : pod;
}
