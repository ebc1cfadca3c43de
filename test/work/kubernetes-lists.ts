import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** A list or map of an object of Kubernetes: where it is, and what its elements have. */
export interface KubernetesList {
  /** From the object; the lists on the way have their first element in it. */
  readonly path: readonly (string | number)[];
  readonly kind: 'list' | 'map';
  /** The types of the scalar fields of an element by their names; undefined where the element is a text itself. */
  readonly fields: Readonly<Record<string, string>> | undefined;
}

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

type Model = { readonly getAttributeTypeMap?: () => readonly Attribute[] } | undefined;

/**
 * Returns every list and every map that a pod can hold, by Kubernetes' own description of its API. Read in a thread of
 * its own: the client that has the description is as large as all the rest together.
 */
export async function listsOfPod(): Promise<readonly KubernetesList[]> {
  const worker = new Worker(import.meta.filename);
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

if (!isMainThread) {
  const models = (await import('@kubernetes/client-node')) as unknown as Readonly<Record<string, Model>>;
  parentPort?.postMessage(listsIn(models, models['V1Pod'], []));
}

function listsIn(
  models: Readonly<Record<string, Model>>,
  model: Model,
  path: KubernetesList['path'],
): readonly KubernetesList[] {
  return attributesOf(model).flatMap(({ baseName, type }) => {
    const [, listed] = /^Array<(.*)>$/.exec(type) ?? [];
    const [, mapped] = /^\{ \[key: string\]: (.*); \}$/.exec(type) ?? [];
    const element = models[listed ?? mapped ?? type];
    const here = [...path, baseName];
    const inside = listed === undefined ? here : [...here, 0];
    const scalars = attributesOf(element).filter((attribute) => /^(?:string|number|boolean)$/.test(attribute.type));
    const fields = element && Object.fromEntries(scalars.map((attribute) => [attribute.baseName, attribute.type]));
    const kind = listed === undefined ? 'map' : 'list';
    return [
      ...((listed ?? mapped) === undefined ? [] : [{ path: here, kind, fields } as const]),
      ...listsIn(models, element, inside),
    ];
  });
}

function attributesOf(model: Model): readonly Attribute[] {
  return model?.getAttributeTypeMap?.() ?? [];
}
