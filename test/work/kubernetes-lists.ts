import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** A list or map in a Kubernetes object, and the fields of its elements. */
export interface KubernetesList {
  /** The path from the object, through the first element of each list. */
  readonly path: readonly (string | number)[];
  readonly kind: 'list' | 'map';
  /** The types of the scalar fields of an element, by name; undefined if the element is a string. */
  readonly fields: Readonly<Record<string, string>> | undefined;
}

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

type Model = { readonly getAttributeTypeMap?: () => readonly Attribute[] } | undefined;

/**
 * Returns every list and map that a pod can contain, from the models of Kubernetes' client. A worker thread loads the
 * client, which is larger than everything else in the process.
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
