import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import type { ObjectMeta } from '../../src/kubernetes/pod.ts';

/** Any object of the API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & { readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** The body of an answer that rejects a request. */
export interface Status {
  readonly reason?: string;
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message: string }[] };
}

export interface Answer {
  readonly code: number;
  readonly body: unknown;
  /** The texts of the Warning headers. */
  readonly warnings: readonly string[];
}

/** Query parameters, for example `{ dryRun: 'All' }`. */
export type Query = Readonly<Record<string, string>>;

/** The requests that the tests make. */
export interface Api {
  readonly create: (object: KubernetesObject, query?: Query) => Promise<Answer>;
  readonly get: (object: KubernetesObject) => Promise<Answer>;
  /** Lists the objects of the kind in the namespace of the object. */
  readonly list: (object: KubernetesObject, query?: Query) => Promise<Answer>;
  /** Deletes the object without a grace period. */
  readonly remove: (object: KubernetesObject) => Promise<Answer>;
  /** Applies the object by server-side apply. */
  readonly apply: (object: KubernetesObject, fieldManager: string, query?: Query) => Promise<Answer>;
  /** Applies a JSON merge patch. */
  readonly patch: (object: KubernetesObject, patch: object) => Promise<Answer>;
  readonly request: (method: string, path: string, body?: object, contentType?: string) => Promise<Answer>;
  readonly close: () => void;
}

/** A client certificate and its key, as PEM, or a token. */
type Credentials = { readonly cert: string; readonly key: string } | { readonly token: string };

/** Returns a client of the API server at the URL. Its CA certificate is PEM. */
export function connectApi(server: string, { ca, ...credentials }: { readonly ca: string } & Credentials): Api {
  const agent = new Agent({ keepAlive: true, ca, ...credentials });
  const authorization = 'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {};
  const send: Api['request'] = (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers = { ...authorization, ...(body !== undefined && { 'content-type': contentType }) };
      const outgoing = request(new URL(path, server), { agent, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const warnings = (response.headersDistinct['warning'] ?? []).flatMap(warningTexts);
          resolve({ code: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()), warnings });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body && JSON.stringify(body));
    });
  return {
    create: (object, query) => send('POST', collectionPath(object, query), object),
    get: (object) => send('GET', objectPath(object)),
    list: (object, query) => send('GET', collectionPath(object, query)),
    remove: (object) => send('DELETE', objectPath(object, { gracePeriodSeconds: '0' })),
    apply: (object, fieldManager, query) =>
      send('PATCH', objectPath(object, { fieldManager, ...query }), object, 'application/apply-patch+yaml'),
    patch: (object, patch) => send('PATCH', objectPath(object), patch, 'application/merge-patch+json'),
    request: send,
    close: () => agent.destroy(),
  };
}

/** Checks that the answer is a success, and returns its object. */
export function accepted<T = KubernetesObject>({ code, body }: Answer): T {
  const { message } = body as Partial<Status>;
  assert.ok(code >= 200 && code < 300, `the API server answered ${code}: ${message}`);
  return body as T;
}

/** Checks that the answer rejects the request with the code, and returns its status. */
export function refused({ code, body }: Answer, expectedCode: number): Status {
  const { message } = body as Partial<Status>;
  assert.equal(code, expectedCode, `the API server answered ${code}: ${message}`);
  return body as Status;
}

const clusterWide = [
  ...['Namespace', 'PriorityClass', 'ClusterRole', 'ClusterRoleBinding'],
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  ...['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'CustomResourceDefinition'],
];

function collectionPath({ apiVersion, kind, metadata }: KubernetesObject, query: Query = {}): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = clusterWide.includes(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`;
  const plural = `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`.replace(/ys$/, 'ies');
  return `${group}${namespace}/${plural}?${new URLSearchParams(query)}`;
}

/** Returns the path of an object. */
export function objectPath(object: KubernetesObject, query?: Query): string {
  return collectionPath(object, query).replace('?', `/${object.metadata.name}?`);
}

/** Returns the texts in a header: `299 - "text"`, with quotes and backslashes escaped, possibly several with commas between. */
function warningTexts(header: string): readonly string[] {
  return [...header.matchAll(/299 \S+ ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = '']) =>
    quoted.slice(1, -1).replace(/\\(.)/g, '$1'),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text }; // plain text, as from /readyz
  }
}
