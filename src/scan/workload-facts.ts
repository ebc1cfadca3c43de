import { nearPrefixesIn } from '../annotations/misspelled-prefix.ts';
import { formatFieldError } from '../diagnostics/field-error.ts';
import { listFound } from '../diagnostics/findings.ts';
import type { InjectionOptions } from '../injection/inject-pod.ts';
import { reviewWorkload } from '../injection/review-workload.ts';
import { valueAt } from '../json/json-value.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import { controllerOf, referenceTo } from './pod-owner.ts';
import { maxCauses, type ObjectReference, type ScanFinding } from './scan-finding.ts';

/** What a scan keeps in memory of a workload with something wrong. */
export interface WorkloadFacts {
  readonly object: ObjectReference;
  /** Why its pods would be denied. */
  readonly errors: readonly string[];
  /** Annotations in places where they have no effect. */
  readonly misplaced: readonly string[];
  /** Annotations of it and of its templates with a misspelled prefix. */
  readonly misspelledPrefixes: readonly string[];
}

/** The problem text for workloads and pods alike. */
export const misspelledPrefixProblem = 'annotations have a prefix that Downlink does not read';

/** Kinds that a controller may own; mistakes are then those of the owner, which has findings of its own. */
const ownedKinds = ['ReplicaSet', 'ReplicationController', 'Job'];

/** Returns the facts of a workload; undefined if nothing is wrong, or if another workload owns it. */
export function workloadFacts(workload: unknown, options: InjectionOptions): WorkloadFacts | undefined {
  const object = referenceTo(workload);
  if (ownedKinds.includes(object.kind) && controllerOf(workload) !== undefined) return undefined;
  const { errors, misplaced } = reviewWorkload(workload, object.namespace, options);
  const path = podTemplatePath(valueAt(workload, ['apiVersion']), object.kind);
  const near = path === undefined ? [] : nearPrefixesIn(workload, path);
  if (errors.total === 0 && misplaced.total === 0 && near.length === 0) return undefined;
  const sentence = ({ field, detail }: { readonly field: string; readonly detail: string }) => `${field}: ${detail}`;
  return {
    object,
    errors: listFound(errors, maxCauses, formatFieldError),
    misplaced: listFound(misplaced, maxCauses, sentence),
    misspelledPrefixes: near.map(sentence),
  };
}

/** Returns the findings about workloads. `isInScope` tells whether the webhook is called for the pods of a namespace. */
export function workloadFindings(
  workloads: readonly WorkloadFacts[],
  isInScope: (namespace: string) => boolean,
  onInvalid: 'deny' | 'warn' | undefined,
): readonly ScanFinding[] {
  const problem = onInvalid === 'warn' ? 'its pods will not be injected' : 'its pods will be denied';
  return workloads.flatMap(({ object, errors, misplaced, misspelledPrefixes }): readonly ScanFinding[] => [
    ...(errors.length === 0 || !isInScope(object.namespace ?? '')
      ? []
      : [
          {
            severity: 'error' as const,
            code: 'template-denied' as const,
            object,
            problem,
            causes: errors,
            advice: `correct the annotations of its pod template: ${edit(object)}`,
          },
        ]),
    ...(misspelledPrefixes.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            code: 'misspelled-prefix' as const,
            object,
            problem: misspelledPrefixProblem,
            causes: misspelledPrefixes,
            advice: `correct the keys: ${edit(object)}`,
          },
        ]),
    ...(misplaced.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            code: 'misplaced' as const,
            object,
            problem: 'annotations are in the wrong place, where they have no effect',
            causes: misplaced,
            advice: `move them to the pod template: ${edit(object)}`,
          },
        ]),
  ]);
}

function edit({ kind, namespace = 'default', name }: ObjectReference): string {
  return `kubectl -n ${namespace} edit ${kind.toLowerCase()}/${name}`;
}
