import { type Addition, type AddOperation, applyPatch, operationsOf } from '../json-patch.ts';
import type { DecodedPod } from '../kubernetes/decode-pod.ts';
import { type Container, containersOf, type Pod } from '../kubernetes/pod.ts';
import { messageOf } from '../text.ts';
import { provesFine } from './patch-proof.ts';

/** A bug of ours, found before the API server could. */
export class SelfCheckError extends Error {
  override name = 'SelfCheckError';
}

/** Throws a SelfCheckError for what {@link applyChecked} does, but makes the patched pod only where there is no proof. */
export function checkPatch(pod: DecodedPod, additions: readonly Addition[]): void {
  if (!provesFine(pod, additions)) applyChecked(pod, operationsOf(additions));
}

/**
 * The pod with the patch applied. Throws a SelfCheckError where the patch does not apply, or gives the pod a second
 * container, volume, variable or mount path of one name that it did not have twice before: whatever failurePolicy
 * says, the API server rejects a pod for such a patch, and the message would not be ours.
 */
export function applyChecked<P extends Pod>(pod: P, operations: readonly AddOperation[]): P {
  let patched: P;
  try {
    patched = applyPatch(pod, operations);
  } catch (error) {
    throw new SelfCheckError(`the patch does not apply: ${messageOf(error)}`);
  }
  const after = duplicates(patched);
  const before = new Set(after.length > 0 ? duplicates(pod) : []);
  const added = after.find((name) => !before.has(name));
  if (added !== undefined) throw new SelfCheckError(`the patch gives the pod a second ${added}`);
  return patched;
}

/** What stands twice where it must stand once, each as a phrase that names it. */
function duplicates({ spec }: Pod): readonly string[] {
  const containers = containersOf(spec ?? {});
  return [
    ...repeated(containers, nameOf, 'container'),
    ...repeated(spec?.volumes ?? [], nameOf, 'volume'),
    ...containers.flatMap((container) => [
      ...repeated(container.env ?? [], nameOf, 'variable', container),
      ...repeated(container.volumeMounts ?? [], ({ mountPath }) => mountPath, 'mount path', container),
    ]),
  ];
}

const nameOf = ({ name }: { readonly name: string }) => name;

function repeated<T>(
  list: readonly T[],
  key: (element: T) => string,
  what: string,
  owner?: Container,
): readonly string[] {
  if (list.length < 2) return [];
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const element of list) {
    const name = key(element);
    if (seen.has(name)) twice.push(`${what} ${name}${owner ? ` in container ${owner.name}` : ''}`);
    else seen.add(name);
  }
  return twice;
}
