export type Json = Record<string, unknown>;

/** Returns a pod with Downlink's annotations, named without the prefix, and one container `main` unless the spec has others. */
export function podWith(requested: Readonly<Record<string, string>>, spec: object = {}, others: object = {}): Json {
  const annotations = Object.fromEntries(
    Object.entries(requested).map(([name, value]) => [`downlink.dev/${name}`, value]),
  );
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', annotations: { ...annotations, ...others } },
    spec: { containers: [{ name: 'main' }], ...spec },
  };
}

export const everything = { env: 'true, otel', volume: 'true', ambassador: 'true' };
export const count = <T>(length: number, of: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => of(index));
export const main = (fields: object) => ({ containers: [{ name: 'main', ...fields }] });
const names = (n: number) => count(n, (index) => `NAME${index}`);
const variables = (n: number) => names(n).map((name) => ({ name, value: 'x' }));
const files = (n: number, path = (index: number) => `file${index}`) =>
  count(n, (index) => ({ path: path(index), fieldRef: { fieldPath: 'metadata.uid' } }));
const ours = (items: unknown) => ({ volumes: [{ name: 'downlink', downwardAPI: { items } }] });
const status = (parts: object) => JSON.stringify({ version: '0.1.0', ...parts });
const mounts = (n: number) => count(n, (index) => ({ name: 'downlink', mountPath: `/mount${index}` }));

/** Pods by the part that grows. Lists that are searched for each other's elements grow together. */
export const growing: Readonly<Record<string, (n: number) => Json>> = {
  'items of env': (n) =>
    podWith({
      env: names(n / 10)
        .map((name) => `${name}=metadata.name`)
        .join(),
    }),
  'wrong items of env': (n) =>
    podWith({
      env: names(n / 4)
        .map((name) => `${name}=metadata.nam`)
        .join(),
    }),
  'items of env over the bound': (n) => podWith({ env: names(n).join() }),
  'items of volume': (n) => podWith({ volume: count(n / 10, (index) => `a/${index}=metadata.name`).join() }),
  'wrong items of volume': (n) => podWith({ volume: count(n / 4, (index) => `/${index}=x`).join() }),
  'names in containers': (n) =>
    podWith(
      { ...everything, containers: count(n / 10, (index) => `c${index}`).join() },
      { containers: count(n, (index) => ({ name: `c${index}` })) },
    ),
  'names in containers that are not there': (n) => podWith({ ...everything, containers: names(n / 4).join() }),
  'items of ambassador-access': (n) => podWith({ ...everything, 'ambassador-access': names(n).join() }),
  'unknown annotations of ours': (n) => podWith(Object.fromEntries(names(n).map((name) => [name, 'x']))),
  'containers that get variables and files': (n) =>
    podWith({ env: 'pod, otel', volume: 'true' }, { containers: count(n / 10, (index) => ({ name: `c${index}` })) }),
  'containers with variables of their own': (n) =>
    podWith(
      { env: 'POD_NAME=metadata.name' },
      { containers: count(n, (index) => ({ name: `c${index}`, env: [{ name: 'POD_NAME', value: 'x' }] })) },
    ),
  'a status that names what a container has and what is asked for': (n) =>
    podWith(
      {
        env: names(n / 10)
          .map((name) => `${name}=metadata.name`)
          .join(),
        status: status({ env: { main: names(n) } }),
      },
      main({ env: variables(n) }),
    ),
  'a status that names containers that are there': (n) =>
    podWith(
      { ...everything, status: status({ containers: count(n, (index) => `c${index}`) }) },
      { containers: count(n, (index) => ({ name: `c${index}` })) },
    ),
  'a status that names containers, all of one name': (n) =>
    podWith(
      { ...everything, status: status({ containers: [...names(n), 'ambassador'] }) },
      { containers: count(n, () => ({ name: 'ambassador' })) },
    ),
  'a status that names variables by container': (n) =>
    podWith(
      {
        env: 'POD_NAME=metadata.name',
        status: status({ env: Object.fromEntries(names(n).map((name) => [name, ['A']])) }),
      },
      { containers: names(n).map((name) => ({ name, env: [{ name: 'A', value: 'x' }] })) },
    ),
  'a status that names the variables of containers of one name': (n) =>
    podWith(
      { env: 'POD_NAME=metadata.name', status: status({ env: { main: names(n) } }) },
      { containers: count(n, () => ({ name: 'main', env: [{ name: 'POD_NAME', value: 'x' }] })) },
    ),
  'a status that names volumes that are there': (n) =>
    podWith({ ...everything, status: status({ volumes: names(n) }) }, { volumes: names(n).map((name) => ({ name })) }),
  'a status that names mounts that are there': (n) =>
    podWith(
      {
        ...everything,
        status: status({ volumes: ['downlink'], mounts: { main: count(n, (index) => `/mount${index}`) } }),
      },
      { ...main({ volumeMounts: mounts(n) }), ...ours(files(1)) },
    ),
  'a status that names mounts that are not there, of many files': (n) =>
    podWith(
      {
        ...everything,
        status: status({ volumes: ['downlink'], mounts: { main: count(n, (index) => `/mount${index}`) } }),
      },
      ours(files(n)),
    ),
  'files of our volume': (n) =>
    podWith(
      {
        volume: count(n / 10, (index) => `file${index}=metadata.name`).join(),
        status: status({ volumes: ['downlink'] }),
      },
      ours(files(n)),
    ),
  'files of our volume that are directories': (n) =>
    podWith(
      { ...everything, status: status({ volumes: ['downlink'] }) },
      ours(files(n, (index) => 'a/'.repeat(index % 9) + index)),
    ),
  'a file path of many elements': (n) => podWith({ volume: `${'a/'.repeat(n)}a=metadata.name` }),
  'a volume path of many elements': (n) => podWith({ ...everything, 'volume-path': '/a'.repeat(n) }),
  'a mount path that goes up and down': (n) =>
    podWith(everything, main({ volumeMounts: [{ name: 'x', mountPath: `/${'a'.repeat(n)}${'/b/..'.repeat(n)}` }] })),
  'an image of many elements': (n) => podWith({ ...everything, 'ambassador-image': 'a/'.repeat(n) }),
  'a quantity of many digits': (n) => podWith({ ...everything, 'ambassador-cpu': '1'.repeat(n) }),
  'a name of many characters': (n) => podWith({ env: `${'N'.repeat(n)}=metadata.name` }),
  'a label of many characters': (n) => podWith({ env: `A=metadata.labels['${'a.'.repeat(n)}']` }),
  'a text of many quotes': (n) => podWith({ env: `A="x"${'"'.repeat(n)}` }),
  'a text of many backslashes without an end': (n) => podWith({ env: `A="${'\\'.repeat(n)}` }),
  'texts with line breaks, the last one without an end': (n) => podWith({ env: `${'A="\n",'.repeat(n)}A="` }),
  'unknown escapes': (n) => podWith({ env: `A="${'\\d'.repeat(n)}"` }),
  'a source of many characters': (n) => podWith({ env: `A=metadata.label[${'['.repeat(n)}` }),
  'a source of many slashes': (n) => podWith({ env: `A=limits.cpu${'/'.repeat(n)}` }),
  'a status that is none': (n) => podWith({ ...everything, status: '['.repeat(n) }),
  'variables that the container has twice': (n) =>
    podWith(everything, main({ env: [...variables(n), ...variables(n), { name: 'POD_NAME', value: 'x' }] })),
  'volumes that the pod has twice': (n) =>
    podWith(everything, { volumes: [...names(n), ...names(n)].map((name) => ({ name })) }),
  'ports in a row': (n) => podWith(everything, main({ ports: count(n, (index) => ({ containerPort: 8001 + index })) })),
  'elements that are no objects': (n) =>
    podWith(everything, main({ env: count(n, () => 1), volumeMounts: count(n, () => null) })),
  'labels of nodes': (n) =>
    podWith(everything, { nodeSelector: Object.fromEntries(names(n).map((name) => [name, 1])) }),
  "others' annotations": (n) =>
    podWith(everything, {}, Object.fromEntries(names(n).map((name) => [`example.com/${name}`, 'x']))),
};
