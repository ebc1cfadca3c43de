import type { ObjectReference, ScanFinding } from './scan-finding.ts';
import type { WorkloadFacts } from './workload-facts.ts';

/** The problem text for both workloads and pods. */
export const misspelledPrefixProblem = 'annotations have a prefix that Downlink does not read';

/**
 * Returns the findings about workloads. `isInScope` reports whether the webhook is called for the pods of a namespace.
 */
export function workloadFindings(
  workloads: readonly WorkloadFacts[],
  isInScope: (namespace: string) => boolean,
  onInvalid: 'deny' | 'warn' | undefined,
): readonly ScanFinding[] {
  return workloads.flatMap(({ object, errors, misplaced, misspelledPrefixes }) => {
    const command = editCommand(object);
    const findings: readonly ScanFinding[] = [
      {
        severity: 'error',
        code: 'template-denied',
        object,
        problem: onInvalid === 'warn' ? 'its pods will not be injected' : 'its pods will be denied',
        causes: isInScope(object.namespace ?? '') ? errors : [],
        advice: `correct the annotations of its pod template: ${command}`,
      },
      {
        severity: 'warning',
        code: 'misspelled-prefix',
        object,
        problem: misspelledPrefixProblem,
        causes: misspelledPrefixes,
        advice: `correct the keys: ${command}`,
      },
      {
        severity: 'warning',
        code: 'misplaced',
        object,
        problem: 'annotations are in the wrong place, where they have no effect',
        causes: misplaced,
        advice: `move them to the pod template: ${command}`,
      },
    ];
    return findings.filter(({ causes }) => causes.length > 0);
  });
}

function editCommand({ kind, namespace = 'default', name }: ObjectReference): string {
  return `kubectl -n ${namespace} edit ${kind.toLowerCase()}/${name}`;
}
