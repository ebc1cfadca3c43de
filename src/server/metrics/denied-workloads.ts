import { type AdmissionRequest, objectName, ownerOf } from '../../admission/admission-review.ts';
import { valueAt } from '../../json/json-value.ts';

/**
 * Counts workloads and not denials: a controller tries again and again, 14 times in the first minute for a ReplicaSet, so
 * that the number of denials says little about how many people have a problem.
 */
export interface DeniedWorkloads {
  /** Notes a denial, other than of a dry run; milliseconds since the epoch. */
  readonly add: (request: AdmissionRequest, now: number) => void;
  /** The workloads of which a pod was denied lately. */
  readonly count: (now: number) => number;
}

const lately = 20 * 60_000; // milliseconds: a controller that goes on failing tries again every 1000 s at the latest
const maxWorkloads = 1000; // with names of the longest kind some 800 KiB
const maxPart = 253; // characters: the longest name that Kubernetes allows

export function createDeniedWorkloads(): DeniedWorkloads {
  const latest = new Map<string, number>(); // when a pod of it was last denied, in the order of these times
  const forget = (until: number) => {
    for (const [workload, time] of latest) {
      if (time > until && latest.size <= maxWorkloads) return;
      latest.delete(workload);
    }
  };
  return {
    add: (request, now) => {
      if (request.dryRun) return;
      const workload = workloadOf(request);
      latest.delete(workload);
      latest.set(workload, now);
      forget(now - lately);
    },
    count: (now) => {
      forget(now - lately);
      return latest.size;
    },
  };
}

/** What a user would correct: of a Deployment and not of its ReplicaSets, of a CronJob and not of each run, else of the pod. */
function workloadOf(request: AdmissionRequest): string {
  const { kind, name } = ownerOf(request) ?? { kind: 'Pod', name: objectName(request) };
  return [request.namespace, kind, stem(kind, name, request)].map((part) => part.slice(0, maxPart)).join('/');
}

function stem(kind: string, name: string, { object }: AdmissionRequest): string {
  const hash = valueAt(object, ['metadata', 'labels', 'pod-template-hash']);
  if (kind === 'ReplicaSet' && typeof hash === 'string' && name.endsWith(`-${hash}`))
    return name.slice(0, -hash.length - 1);
  return kind === 'Job' ? name.replace(/-\d{8,10}$/, '') : name; // the minutes since the epoch, of a CronJob's run
}
