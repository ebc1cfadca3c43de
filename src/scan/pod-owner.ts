import { listAt, valueAt } from '../json/json-value.ts';
import { formatObject, type ObjectReference } from './scan-finding.ts';

/** Who controls an object, by the object's {@link formatObject}. */
export type Controllers = ReadonlyMap<string, ObjectReference>;

/** The object that made this one and keeps it: the owner that is marked as its controller. */
export function controllerOf(object: unknown): ObjectReference | undefined {
  const owners = listAt(object, ['metadata', 'ownerReferences']);
  const owner = owners.find((one) => valueAt(one, ['controller']) === true);
  const [kind, name] = [valueAt(owner, ['kind']), valueAt(owner, ['name'])];
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  return { kind, name, ...namespaceOf(object) };
}

export function referenceTo(object: unknown): ObjectReference {
  const text = (path: readonly string[]) => String(valueAt(object, path) ?? '');
  return { kind: text(['kind']), name: text(['metadata', 'name']), ...namespaceOf(object) };
}

/** The object that a user would change: from a ReplicaSet to its Deployment, from a Job to its CronJob. */
export function topOwner(object: ObjectReference, controllers: Controllers): ObjectReference {
  const owner = controllers.get(formatObject(object));
  return owner ?? object; // kinds of our seven nest once
}

/**
 * What makes the owner's pods anew, as a clause that begins with a verb. There is no such command for a lone pod or for
 * owners of other kinds.
 */
export function howToRecreate({ kind, namespace = 'default', name }: ObjectReference): string {
  const kubectl = `kubectl -n ${namespace}`;
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return `run ${kubectl} rollout restart ${kind.toLowerCase()}/${name}`;
    case 'ReplicaSet':
    case 'ReplicationController':
      return `delete the pods of the ${kind}, which makes new ones`;
    case 'CronJob':
      return 'wait for the pods of its next run';
    case 'Job':
      return `run ${kubectl} delete job/${name} and create it again`;
    case 'Pod':
      return `run ${kubectl} delete pod/${name} and create it again`;
    default:
      return `make the ${kind} create its pods anew`;
  }
}

function namespaceOf(object: unknown): { readonly namespace?: string } {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  return typeof namespace === 'string' && namespace !== '' ? { namespace } : {};
}
