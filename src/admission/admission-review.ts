import { isObject, listAt, valueAt } from '../json/json-value.ts';

/** The fields of an AdmissionReview request that Downlink reads. Source: https://kubernetes.io/docs/reference/config-api/apiserver-admission.v1/ */
export interface AdmissionRequest {
  readonly uid: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subResource: string;
  readonly operation: string;
  /** Empty for an object with generateName. */
  readonly name: string;
  readonly namespace: string;
  /** Whether the request is a dry run, which does not store the object. */
  readonly dryRun: boolean;
  readonly object: unknown;
}

export const admissionApiVersion = 'admission.k8s.io/v1';

const maxUid = 253; // characters: an API server sends 36, and the response repeats them

/** Why a value is not a v1 AdmissionReview with a request. */
export interface InvalidReview {
  readonly kind: 'invalid';
  /** A sentence without a period at the end. */
  readonly problem: string;
}

/** Returns the request of a v1 AdmissionReview. */
export function decodeReview(
  review: unknown,
): { readonly kind: 'valid'; readonly request: AdmissionRequest } | InvalidReview {
  if (!isObject(review)) return invalid(`the body must be an AdmissionReview, but is ${describe(review)}`);
  const { kind, apiVersion, request } = review;
  if (kind !== 'AdmissionReview') return invalid(`kind must be AdmissionReview, but is ${describe(kind)}`);
  if (apiVersion !== admissionApiVersion) {
    return invalid(`apiVersion must be ${admissionApiVersion}, but is ${describe(apiVersion)}`);
  }
  if (!isObject(request)) return invalid(`request must be an object, but is ${describe(request)}`);
  const { uid } = request;
  if (typeof uid !== 'string' || uid === '') return invalid(`request.uid must be a string, but is ${describe(uid)}`);
  if (uid.length > maxUid) return invalid(`request.uid must have at most ${maxUid} characters, but has ${uid.length}`);
  return { kind: 'valid', request: decodeRequest(uid, request) };
}

function invalid(problem: string): InvalidReview {
  return { kind: 'invalid', problem };
}

function decodeRequest(uid: string, request: Readonly<Record<string, unknown>>): AdmissionRequest {
  const { operation, name, namespace, subResource, dryRun, object } = request;
  const requestKind = isObject(request['kind']) ? request['kind'] : {};
  return {
    uid,
    group: text(requestKind['group']),
    version: text(requestKind['version']),
    kind: text(requestKind['kind']),
    subResource: text(subResource),
    operation: text(operation),
    name: text(name),
    namespace: text(namespace),
    dryRun: dryRun === true,
    object,
  };
}

/** Returns the name of the object, or its generateName. */
export function objectName({ name, object }: AdmissionRequest): string {
  if (name !== '') return name;
  const metadata = (object as { metadata?: { name?: unknown; generateName?: unknown } } | null | undefined)?.metadata;
  const found = metadata?.name || metadata?.generateName;
  return typeof found === 'string' ? found : '';
}

/** Returns the kind and name of the object's controller, for example ReplicaSet web-5d9c; undefined if it has none. */
export function ownerOf({ object }: AdmissionRequest): { readonly kind: string; readonly name: string } | undefined {
  const owner = listAt(object, ['metadata', 'ownerReferences']).find((one) => valueAt(one, ['controller']) === true);
  return isObject(owner) ? { kind: text(owner['kind']), name: text(owner['name']) } : undefined;
}

/** Describes a value briefly, since it can be large. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value === '' ? 'empty' : JSON.stringify(value.slice(0, 64));
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
