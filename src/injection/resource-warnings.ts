import { addWarning } from '../annotations/annotation-warning.ts';
import type { Findings } from '../diagnostics/findings.ts';
import { listContainers, listNames, quote } from '../diagnostics/text.ts';
import type { PodSpec } from '../kubernetes/pod.ts';
import { parseQuantity } from '../kubernetes/quantity.ts';
import { nameOfIntent } from './env/resolved-env.ts';
import type { ShownResource } from './patch/injection-part.ts';

/** For these, the kubelet substitutes the node's allocatable amount if no limit is set. Huge pages always have a limit. */
const allocatable = ['cpu', 'memory', 'ephemeral-storage'];

/**
 * Warns about variables and files that do not show the resource of their container, and variables that will not be updated.
 *
 * | limit missing in            | a variable shows       | a file shows           |
 * | the container               | the pod-level limit    | the node's allocatable |
 * | the container and the pod   | the node's allocatable | the node's allocatable |
 *
 * Source: kubernetes/kubernetes pkg/kubelet/kubelet_resources.go and pkg/api/v1/resource/helpers.go
 */
export function warnOfResources(
  spec: PodSpec,
  variables: readonly ShownResource[],
  files: readonly ShownResource[],
  findings: Findings,
): void {
  const isUnset = ({ container, resource }: ShownResource) =>
    resource.startsWith('limits.') &&
    allocatable.includes(nameOf(resource)) &&
    !isSet(container.resources?.limits?.[nameOf(resource)]);
  const podLimits = spec.resources?.limits;
  for (const [annotation, shown] of [
    ['env', variables.filter((one) => isUnset(one) && !isSet(podLimits?.[nameOf(one.resource)]))],
    ['volume', files.filter(isUnset)],
  ] as const) {
    for (const { resource, containers, shownAs } of grouped(shown)) {
      const [has, shows] = [containers.length > 1 ? 'have' : 'has', shownAs.size > 1 ? 'show' : 'shows'];
      const what = `${listShown(shownAs)} ${shows} the node's allocatable ${nameOf(resource)}`;
      addWarning(
        findings,
        'node-allocatable',
        annotation,
        `${listContainers(containers)} ${has} no ${resource}, so ${what}`,
      );
    }
  }
  for (const { containers, shownAs } of grouped(resizable(variables))) {
    const keeps = shownAs.size > 1 ? 'keep' : 'keeps';
    const detail = `a resize of ${listContainers(containers)} needs no restart, so ${listShown(shownAs)} ${keeps} the old value; files are updated`;
    addWarning(findings, 'resize-without-restart', 'env', detail);
  }
}

/** Groups by resource, with the names of the containers, and the variables or files by name, each once. */
function grouped(shown: readonly ShownResource[]) {
  return [...by(shown, ({ resource }) => resource)].map(([resource, all]) => ({
    resource,
    containers: [...new Set(all.map(({ container }) => container.name))],
    shownAs: new Map(all.map((one) => [one.name, one])),
  }));
}

/** Lists variables or files, each with its profile if it comes from one. */
function listShown(shown: ReadonlyMap<string, ShownResource>): string {
  return listNames([...shown.keys()], (name) => {
    const profile = shown.get(name)?.profile;
    return profile === undefined ? quote(name) : nameOfIntent({ name, profile });
  });
}

/** Returns those whose resource can be resized without restarting the container, according to its resizePolicy. */
function resizable(shown: readonly ShownResource[]): readonly ShownResource[] {
  return [...by(shown, ({ container }) => container)].flatMap(([{ resizePolicy }, all]) => {
    const running = (resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === 'NotRequired');
    const names = new Set(running.map(({ resourceName }) => resourceName));
    return names.size === 0 ? [] : all.filter(({ resource }) => names.has(nameOf(resource)));
  });
}

function by<K>(shown: readonly ShownResource[], key: (one: ShownResource) => K): ReadonlyMap<K, ShownResource[]> {
  const groups = new Map<K, ShownResource[]>();
  for (const one of shown) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}

function nameOf(resource: string): string {
  return resource.slice(resource.indexOf('.') + 1);
}

function isSet(quantity: string | number | undefined): boolean {
  return quantity !== undefined && (parseQuantity(quantity) ?? 0) !== 0;
}
