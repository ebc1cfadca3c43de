import { nearPrefixesIn } from '../annotations/misspelled-prefix.ts';
import { formatFieldError } from '../diagnostics/field-error.ts';
import { listFound } from '../diagnostics/findings.ts';
import type { InjectionOptions } from '../injection/inject-pod.ts';
import { reviewWorkload } from '../injection/review-workload.ts';
import { valueAt } from '../json/json-value.ts';
import { podTemplatePath } from '../kubernetes/pod-template-path.ts';
import { controllerOf, referenceTo } from './pod-owner.ts';
import { maxCauses, type ObjectReference, type ScanFinding } from './scan-finding.ts';

/** What is kept of a workload with something wrong. */
export interface WorkloadFacts {
  readonly object: ObjectReference;
  /** What its pods would be denied for. */
  readonly errors: readonly string[];
  /** Annotations that stand where they do nothing. */
  readonly misplaced: readonly string[];
  /** Annotations of it and of its templates whose prefix is nearly ours. */
  readonly nearPrefixes: readonly string[];
}

/** The same for workloads and for pods. */
export const nearPrefixProblem = 'annotations have a prefix that Downlink does not read';

/** The kinds that others make: then what they say is the other's, and is found there. */
const mayBeMade = ['ReplicaSet', 'ReplicationController', 'Job'];

/** The facts of a workload; undefined where nothing is wrong, or where another workload made it. */
export function workloadFacts(workload: unknown, options: InjectionOptions): WorkloadFacts | undefined {
  const object = referenceTo(workload);
  if (mayBeMade.includes(object.kind) && controllerOf(workload) !== undefined) return undefined;
  const { errors, misplaced } = reviewWorkload(workload, object.namespace, options);
  const path = podTemplatePath(valueAt(workload, ['apiVersion']), object.kind);
  const near = path === undefined ? [] : nearPrefixesIn(workload, path);
  if (errors.total === 0 && misplaced.total === 0 && near.length === 0) return undefined;
  const sentence = ({ field, detail }: { readonly field: string; readonly detail: string }) => `${field}: ${detail}`;
  return {
    object,
    errors: listFound(errors, maxCauses, formatFieldError),
    misplaced: listFound(misplaced, maxCauses, sentence),
    nearPrefixes: near.map(sentence),
  };
}

/** Findings about pod templates. `isServed` says whether the webhook sees the pods of a namespace at all. */
export function workloadFindings(
  workloads: readonly WorkloadFacts[],
  isServed: (namespace: string) => boolean,
  onInvalid: 'deny' | 'warn' | undefined,
): readonly ScanFinding[] {
  const problem = onInvalid === 'warn' ? 'its pods will be let in untouched' : 'its pods will be denied';
  return workloads.flatMap(({ object, errors, misplaced, nearPrefixes }): readonly ScanFinding[] => [
    ...(errors.length === 0 || !isServed(object.namespace ?? '')
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
    ...(nearPrefixes.length === 0
      ? []
      : [
          {
            severity: 'warning' as const,
            code: 'near-prefix' as const,
            object,
            problem: nearPrefixProblem,
            causes: nearPrefixes,
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
            problem: 'annotations stand where they do nothing',
            causes: misplaced,
            advice: `move them to the pod template: ${edit(object)}`,
          },
        ]),
  ]);
}

function edit({ kind, namespace = 'default', name }: ObjectReference): string {
  return `kubectl -n ${namespace} edit ${kind.toLowerCase()}/${name}`;
}
