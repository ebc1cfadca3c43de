import type { PodSpec } from '../../kubernetes/pod.ts';
import { listAtTarget, type PodAddition } from './patch-target.ts';

/**
 * Returns the patch that makes the planned additions and sets the status annotation; an empty one if there are no
 * additions. A list that the pod lacks is added as a whole, so that no operation refers to what another one adds.
 */
export function buildPatch(spec: PodSpec, planned: readonly PodAddition[], status: string): readonly PodAddition[] {
  if (planned.length === 0) return [];
  const additions = joinVolumes(planned).map((addition): PodAddition => {
    if (addition.kind !== 'elements' || listAtTarget(spec, addition.target)) return addition;
    return { kind: 'list', target: addition.target, values: addition.values };
  });
  additions.push({ kind: 'field', target: { kind: 'status' }, value: status });
  return additions;
}

/** Joins the volumes of consecutive parts, so that a pod without volumes gets a single list of them. */
function joinVolumes(planned: readonly PodAddition[]): readonly PodAddition[] {
  const joined: PodAddition[] = [];
  for (const addition of planned) {
    const last = joined.at(-1);
    if (appendsVolumes(addition) && last !== undefined && appendsVolumes(last)) {
      joined[joined.length - 1] = { ...last, values: [...last.values, ...addition.values] };
    } else {
      joined.push(addition);
    }
  }
  return joined;
}

function appendsVolumes(addition: PodAddition): addition is Extract<PodAddition, { readonly kind: 'elements' }> {
  return addition.kind === 'elements' && addition.target.kind === 'volumes';
}
