import { listAt, valueAt } from '../json/json-value.ts';
import { formatObject, type ObjectReference } from './scan-finding.ts';

/** The controllers of objects, by the {@link formatObject} of the object. */
export type Controllers = ReadonlyMap<string, ObjectReference>;

/** Returns the controller of an object, which is one of its owners; undefined if it has none. */
export function controllerOf(object: unknown): ObjectReference | undefined {
  const owners = listAt(object, ['metadata', 'ownerReferences']);
  const owner = owners.find((one) => valueAt(one, ['controller']) === true);
  const [kind, name] = [valueAt(owner, ['kind']), valueAt(owner, ['name'])];
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  return { kind, name, ...namespaceOf(object) };
}

/** Returns a reference to an object. */
export function referenceTo(object: unknown): ObjectReference {
  const text = (path: readonly string[]) => String(valueAt(object, path) ?? '');
  return { kind: text(['kind']), name: text(['metadata', 'name']), ...namespaceOf(object) };
}

/**
 * Returns the object that a user would edit: the Deployment of a ReplicaSet, the CronJob of a Job, otherwise the
 * object itself.
 */
export function topOwner(object: ObjectReference, controllers: Controllers): ObjectReference {
  const owner = controllers.get(formatObject(object));
  return owner ?? object; // workloads nest only once
}

/**
 * Returns how to recreate the owner's pods, as a clause that begins with a verb. For owners of other kinds, and for
 * pods without one, there is no single command.
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
      return `delete the pods of the ${kind}, which creates new ones`;
    case 'CronJob':
      return 'wait for the pods of its next run';
    case 'Job':
      return `run ${kubectl} delete job/${name} and create it again`;
    case 'Pod':
      return `run ${kubectl} delete pod/${name} and create it again`;
    default:
      return `make the ${kind} recreate its pods`;
  }
}

function namespaceOf(object: unknown): { readonly namespace?: string } {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  return typeof namespace === 'string' && namespace !== '' ? { namespace } : {};
}
