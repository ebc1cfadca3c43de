import { type ApiClient, ApiError, type ApiObject, type WatchEvent } from '../../src/kubernetes-api/api-client.ts';

interface StoredObject extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly managedFields?: readonly { readonly manager: string }[] };
  readonly data?: unknown;
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
}

/** Simulates an API server for the few objects that certificates are kept in. */
export interface InMemoryApi {
  /** Returns a client. Each call waits for `before`, which may throw. */
  readonly client: (before?: (call: string) => Promise<void>) => ApiClient;
  readonly get: (path: string) => StoredObject | undefined;
  /** Writes as somebody else; undefined deletes. */
  readonly put: (path: string, object: object | undefined) => void;
}

/** Creates an empty API server. Without `serverTime`, its responses have no date. */
export function createInMemoryApi(serverTime: () => Date | undefined = () => undefined): InMemoryApi {
  const objects = new Map<string, StoredObject>();
  const watchers = new Set<(path: string, event: WatchEvent) => void>();
  let version = 0;
  const put: InMemoryApi['put'] = (path, object) => {
    const old = objects.get(path);
    version++;
    if (object === undefined) objects.delete(path);
    else {
      const { metadata } = object as ApiObject;
      const uid = old?.metadata.uid ?? `uid-${version}`;
      objects.set(path, { ...object, metadata: { ...metadata, uid, resourceVersion: String(version) } });
    }
    const type = object === undefined ? 'DELETED' : old === undefined ? 'ADDED' : 'MODIFIED';
    for (const notify of watchers) notify(path, { type, object: objects.get(path) ?? old });
  };
  const existing = (path: string): StoredObject => {
    const object = objects.get(path);
    if (object === undefined) throw new ApiError(404, `${path} not found`);
    return object;
  };
  const unchanged = (path: string, object: ApiObject): StoredObject => {
    const old = existing(path);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
      throw new ApiError(409, `${path} has been modified`);
    return old;
  };
  const call = (method: 'GET' | 'POST' | 'PUT', path: string, body: unknown): unknown => {
    const object = body as StoredObject;
    switch (method) {
      case 'GET':
        return existing(path);
      case 'POST': {
        const name = `${path}/${object.metadata.name}`;
        if (objects.has(name)) throw new ApiError(409, `${name} already exists`);
        put(name, object);
        return existing(name);
      }
      case 'PUT':
        unchanged(path, object);
        put(path, object);
        return existing(path);
      default:
        return method satisfies never;
    }
  };
  return {
    get: (path) => objects.get(path),
    put,
    client: (before = async () => {}) => ({
      call: async <T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => {
        await before(`${method} ${path}`);
        return structuredClone(call(method, path, body)) as T;
      },
      apply: async <T>(path: string, manager: string, body: unknown) => {
        await before(`APPLY ${path}`);
        const { webhooks: given = [], ...rest } = body as StoredObject;
        const old = unchanged(path, rest);
        const webhooks = old.webhooks?.map((webhook) => ({
          ...webhook,
          ...given.find(({ name }) => name === webhook.name),
        }));
        const others = old.metadata.managedFields?.filter((one) => one.manager !== manager) ?? [];
        const managedFields = [...others, { manager, operation: 'Apply', fieldsV1: ownedCaBundle(given) }];
        put(path, { ...old, metadata: { ...old.metadata, managedFields }, webhooks });
        return structuredClone(existing(path)) as T;
      },
      patch: async <T>(path: string, _fieldManager: string, body: unknown) => {
        await before(`PATCH ${path}`);
        const { metadata } = body as StoredObject;
        const old = unchanged(path, { metadata: { ...metadata, name: '' } });
        put(path, { ...old, metadata: { ...old.metadata, ...metadata } });
        return structuredClone(existing(path)) as T;
      },
      serverTime,
      async *watch(path, signal) {
        await before(`WATCH ${path}`);
        const [collection, query] = path.split('?');
        const watched = `${collection}/${new URLSearchParams(query).get('fieldSelector')?.replace('metadata.name=', '')}`;
        const events: WatchEvent[] = objects.has(watched) ? [{ type: 'ADDED', object: objects.get(watched) }] : [];
        let more = Promise.withResolvers<void>();
        const notify = (changed: string, event: WatchEvent) => {
          if (changed === watched) events.push(event);
          more.resolve();
        };
        watchers.add(notify);
        signal.addEventListener('abort', () => more.resolve());
        try {
          while (!signal.aborted) {
            const event = events.shift();
            if (event !== undefined) yield event;
            else {
              await more.promise;
              more = Promise.withResolvers();
            }
          }
        } finally {
          watchers.delete(notify);
        }
      },
    }),
  };
}

/** Returns the managed fields of whoever sets caBundle of these webhooks. */
export function ownedCaBundle(webhooks: readonly { readonly name: string }[]): object {
  const owned = { 'f:name': {}, 'f:clientConfig': { 'f:caBundle': {} } };
  return { 'f:webhooks': Object.fromEntries(webhooks.map(({ name }) => [`k:${JSON.stringify({ name })}`, owned])) };
}
