import { messageOf } from '../../diagnostics/text.ts';
import { type Addition, applyAdditions } from '../../json/json-patch.ts';
import type { DecodedPod } from '../../kubernetes/decode-pod.ts';
import { containersOf, type Pod } from '../../kubernetes/pod.ts';
import { provesFine } from './patch-proof.ts';
import { additionsByPath, type PodAddition } from './patch-target.ts';

/** A bug in Downlink, found before the API server could find it. */
export class SelfCheckError extends Error {
  override name = 'SelfCheckError';
}

/** Throws a SelfCheckError as {@link applyChecked} does, but applies the patch only if there is no proof that it is correct. */
export function checkPatch(pod: DecodedPod, additions: readonly PodAddition[]): void {
  if (!provesFine(pod, additions)) applyChecked(pod, additionsByPath(additions));
}

/**
 * Returns the pod with the patch applied. Throws a SelfCheckError if the patch does not apply, or if it adds a container, volume,
 * pull secret, variable, or mount path whose name the pod already has: whatever the failurePolicy is, the API server would reject
 * the pod, with a message that does not explain why.
 */
export function applyChecked<P extends Pod>(pod: P, additions: readonly Addition[]): P {
  let patched: P;
  try {
    patched = applyAdditions(pod, additions);
  } catch (error) {
    throw new SelfCheckError(`the patch does not apply: ${messageOf(error)}`);
  }
  const added = firstAdded(repeats(patched), pod);
  if (added !== undefined) {
    const { what, name, owner } = added;
    const where = owner === undefined ? '' : ` in container ${owner}`;
    throw new SelfCheckError(`the patch gives the pod a second ${what} ${name}${where}`);
  }
  return patched;
}

/** A name that occurs twice where it may occur once. */
interface Repeat {
  readonly what: 'container' | 'volume' | 'image pull secret' | 'variable' | 'mount path';
  readonly name: string;
  /** The name of its container; absent for what belongs to the pod as a whole. */
  readonly owner?: string;
}

/** Returns the first repeat that the pod did not have before the patch. */
function firstAdded(after: Iterable<Repeat>, before: Pod): Repeat | undefined {
  let known: Map<string, Set<string>> | undefined;
  for (const repeat of after) {
    known ??= namesByPlace(repeats(before));
    if (!known.get(placeOf(repeat))?.has(repeat.name)) return repeat;
  }
  return undefined;
}

function namesByPlace(all: Iterable<Repeat>): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const repeat of all) {
    const place = placeOf(repeat);
    const known = names.get(place);
    if (known === undefined) names.set(place, new Set([repeat.name]));
    else known.add(repeat.name);
  }
  return names;
}

function placeOf({ what, owner = '' }: Repeat): string {
  return `${what} ${owner}`;
}

function* repeats({ spec }: Pod): Iterable<Repeat> {
  const containers = containersOf(spec ?? {});
  for (const name of repeated(containers, nameOf)) yield { what: 'container', name };
  for (const name of repeated(spec?.volumes ?? [], nameOf)) yield { what: 'volume', name };
  for (const name of repeated(spec?.imagePullSecrets ?? [], ({ name }) => name ?? ''))
    yield { what: 'image pull secret', name };
  for (const { name: owner, env, volumeMounts } of containers) {
    for (const name of repeated(env ?? [], nameOf)) yield { what: 'variable', name, owner };
    for (const name of repeated(volumeMounts ?? [], mountPathOf)) yield { what: 'mount path', name, owner };
  }
}

const nameOf = ({ name }: { readonly name: string }) => name;
const mountPathOf = ({ mountPath }: { readonly mountPath: string }) => mountPath;

function* repeated<T>(list: readonly T[], key: (element: T) => string): Iterable<string> {
  if (list.length < 2) return;
  const seen = new Set<string>();
  for (const element of list) {
    const name = key(element);
    if (seen.has(name)) yield name;
    else seen.add(name);
  }
}
