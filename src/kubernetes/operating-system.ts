import { containerPlaces, type NodeSelectorTerm, type PodSpec } from './pod.ts';

/** The node labels for the operating system. The second one has been deprecated since Kubernetes 1.14. */
const labels = ['kubernetes.io/os', 'beta.kubernetes.io/os'] as const;

const windowsBuild = 'node.kubernetes.io/windows-build'; // a label of Windows nodes only

/**
 * Returns the field that makes a pod run on Windows nodes; undefined if there is none. `windowsOptions` have no effect
 * in a pod that requires Linux.
 * Source: https://kubernetes.io/docs/concepts/windows/user-guide/#ensuring-os-specific-workloads-land-on-the-appropriate-container-host
 */
export function windowsField(spec: PodSpec): string | undefined {
  if (spec.os?.name === 'windows') return 'spec.os.name';
  const selected = labels.find((label) => spec.nodeSelector?.[label] === 'windows');
  if (selected !== undefined) return `spec.nodeSelector[${selected}]`;
  if (spec.nodeSelector?.[windowsBuild] !== undefined) return `spec.nodeSelector[${windowsBuild}]`;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = (required?.nodeSelectorTerms ?? []).filter(matchesSomething);
  if (terms.length > 0 && terms.every(needsWindows)) return 'spec.affinity.nodeAffinity';
  const isLinux = spec.os?.name === 'linux' || labels.some((label) => spec.nodeSelector?.[label] === 'linux');
  return isLinux ? undefined : windowsOptionsField(spec);
}

function windowsOptionsField(spec: PodSpec): string | undefined {
  if (spec.securityContext?.windowsOptions) return 'spec.securityContext.windowsOptions';
  const place = containerPlaces(spec).find(({ container }) => container.securityContext?.windowsOptions);
  return place && `spec.${place.list}[${place.index}].securityContext.windowsOptions`;
}

/** Reports whether a term can match a node. An empty term matches none. */
function matchesSomething({ matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  return (matchExpressions ?? []).length > 0 || (matchFields ?? []).length > 0;
}

/** Reports whether only Windows nodes can match a term. Every node runs either Linux or Windows. */
function needsWindows({ matchExpressions }: NodeSelectorTerm): boolean {
  return (matchExpressions ?? []).some(({ key, operator, values }) => {
    if (key === windowsBuild) return operator !== 'NotIn' && operator !== 'DoesNotExist';
    if (!labels.some((label) => label === key)) return false;
    if (operator === 'NotIn') return (values ?? []).includes('linux');
    return operator === 'In' && (values ?? []).length > 0 && (values ?? []).every((value) => value === 'windows');
  });
}
