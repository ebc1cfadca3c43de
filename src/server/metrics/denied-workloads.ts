import { type AdmissionRequest, objectName, ownerOf } from '../../admission/admission-review.ts';
import { valueAt } from '../../json/json-value.ts';
import { minute } from '../../time/duration.ts';

/**
 * Counts workloads instead of denials: controllers retry, a ReplicaSet 14 times in the first minute, so the number of denials
 * says little about how many people have a problem.
 */
export interface DeniedWorkloads {
  /** Records a denial, unless the request is a dry run; `now` is milliseconds since the epoch. */
  readonly add: (request: AdmissionRequest, now: number) => void;
  /** Returns the number of workloads with a pod that was denied recently; `now` is milliseconds since the epoch. */
  readonly count: (now: number) => number;
}

const recent = 20 * minute; // a controller retries at least every 1000 s
const maxWorkloads = 1000; // about 800 KiB if all names have the maximum length
const maxPart = 253; // characters: the maximum length of a Kubernetes name

export function createDeniedWorkloads(): DeniedWorkloads {
  const lastDenials = new Map<string, number>(); // times by workload, oldest first
  const forget = (until: number) => {
    for (const [workload, time] of lastDenials) {
      if (time > until && lastDenials.size <= maxWorkloads) return;
      lastDenials.delete(workload);
    }
  };
  return {
    add: (request, now) => {
      if (request.dryRun) return;
      const workload = workloadOf(request);
      lastDenials.delete(workload);
      lastDenials.set(workload, now);
      forget(now - recent);
    },
    count: (now) => {
      forget(now - recent);
      return lastDenials.size;
    },
  };
}

/** Identifies what a user would correct: a Deployment and not its ReplicaSets, a CronJob and not its Jobs, or a single pod. */
function workloadOf(request: AdmissionRequest): string {
  const { kind, name } = ownerOf(request) ?? { kind: 'Pod', name: objectName(request) };
  return [request.namespace, kind, baseName(kind, name, request)].map((part) => part.slice(0, maxPart)).join('/');
}

function baseName(kind: string, name: string, { object }: AdmissionRequest): string {
  const hash = valueAt(object, ['metadata', 'labels', 'pod-template-hash']);
  if (kind === 'ReplicaSet' && typeof hash === 'string' && name.endsWith(`-${hash}`))
    return name.slice(0, -hash.length - 1);
  return kind === 'Job' ? name.replace(/-\d{8,10}$/, '') : name; // a CronJob appends the minutes since the epoch
}
