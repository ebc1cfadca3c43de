import './operations.ts'; // before what it measures
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { mutate } from '../src/admission/mutate.ts';
import { validateWorkload } from '../src/admission/validate-workload.ts';
import { explain, inject, lint, manifestOptions, uninject } from '../src/index.ts';
import { injectPod } from '../src/injection/inject-pod.ts';
import { uninjectPod, withoutPaths } from '../src/injection/uninject-pod.ts';
import { reviewOf } from './admission-review.ts';
import { defaultOptions } from './golden/default-options.ts';
import { type KubernetesList, listsOfPod } from './kubernetes-lists.ts';
import { countOperations } from './operations.ts';
import { workloadReviewOf } from './workload-review.ts';

// Whatever is doubled, the work must double: a look through a list for each element of another one is a pod of some
// hundred kilobytes away from a webhook that does not answer.

const most = 2.5; // times the work for twice the input: sorting takes a little more than twice
const options = { ...defaultOptions, onInvalid: 'deny' } as const;
const manifest = manifestOptions({ kubernetesVersion: '1.33' }, 'default');
if ('errors' in manifest) throw new Error('the default settings are right');

/** Whatever looks at a pod. */
const engines: Readonly<Record<string, (pod: Json) => void>> = {
  'a review': (pod) => void mutate(reviewOf(pod), options),
  'the review of a workload': (pod) => void validateWorkload(workloadReviewOf(deploymentOf(pod)), options),
  injection: (pod) => void injectPod(pod, 'default', options),
  'the way back': (pod) => {
    const result = uninjectPod(pod);
    if (result.kind === 'remove') withoutPaths(pod, result.paths);
  },
};
const commands: Readonly<Record<string, (text: string) => void>> = {
  lint: (text) => void lint([{ name: 'pod', text }], manifest),
  inject: (text) => void inject(text, manifest),
  uninject: (text) => void uninject(text),
  explain: (text) => void explain(text, manifest),
};

type Json = Record<string, unknown>;
type Asked = Readonly<Record<string, string>>;

/** A pod that asks for these, without the prefix, with one container `main` unless the spec says otherwise. */
function podWith(asked: Asked, spec: object = {}, metadata: object = {}): Json {
  const annotations = Object.fromEntries(Object.entries(asked).map(([name, value]) => [`downlink.dev/${name}`, value]));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      ...metadata,
      annotations: { ...annotations, ...(metadata as { annotations?: object }).annotations },
    },
    spec: { containers: [{ name: 'main' }], ...spec },
  };
}

function deploymentOf(pod: Json): Json {
  const metadata = { name: 'web', annotations: Reflect.get(pod['metadata'] as object, 'annotations') };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: pod } };
}

const everything = { env: 'true, otel', volume: 'true', ambassador: 'true' };
const count = <T>(length: number, of: (index: number) => T): T[] => Array.from({ length }, (_, index) => of(index));
const main = (fields: object) => ({ containers: [{ name: 'main', ...fields }] });
const names = (n: number) => count(n, (index) => `NAME${index}`);
const variables = (n: number) => names(n).map((name) => ({ name, value: 'x' }));
const files = (n: number, path = (index: number) => `file${index}`) =>
  count(n, (index) => ({ path: path(index), fieldRef: { fieldPath: 'metadata.uid' } }));
const ours = (items: unknown) => ({ volumes: [{ name: 'downlink', downwardAPI: { items } }] });
const status = (parts: object) => JSON.stringify({ version: '0.1.0', ...parts });
const mounts = (n: number) => count(n, (index) => ({ name: 'downlink', mountPath: `/mount${index}` }));

/** Pods by what grows in them; two lists that are looked up in each other grow together. */
const growing: Readonly<Record<string, (n: number) => Json>> = {
  'items of env': (n) =>
    podWith({
      env: names(n / 10)
        .map((name) => `${name}=metadata.name`)
        .join(),
    }),
  'wrong items of env': (n) =>
    podWith({
      env: names(n / 10)
        .map((name) => `${name}=metadata.nam`)
        .join(),
    }),
  'items of env over the bound': (n) => podWith({ env: names(n).join() }),
  'items of volume': (n) => podWith({ volume: count(n / 10, (index) => `a/${index}=metadata.name`).join() }),
  'wrong items of volume': (n) => podWith({ volume: count(n / 10, (index) => `/${index}=x`).join() }),
  'names in containers': (n) =>
    podWith(
      { ...everything, containers: count(n / 10, (index) => `c${index}`).join() },
      { containers: count(n, (index) => ({ name: `c${index}` })) },
    ),
  'names in containers that are not there': (n) => podWith({ ...everything, containers: names(n / 10).join() }),
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
    podWith(everything, {}, { annotations: Object.fromEntries(names(n).map((name) => [`example.com/${name}`, 'x'])) }),
};

/** Prepares an input of two sizes and counts what is done with each. */
function assertLinear(prepare: (n: number) => () => void, n: number): void {
  prepare(n / 10)(); // what is done only once is done
  const [once = 0, twice = 0] = [n, 2 * n].map((size) => countOperations(prepare(size)));
  assert.ok(once > 0 && twice <= most * once, `${once} operations, and for twice as much ${twice}`);
}

for (const [engine, act] of Object.entries(engines)) {
  describe(`twice as much is no more than ${most} times the work of ${engine}:`, () => {
    for (const [what, podOf] of Object.entries(growing)) {
      test(what, () => {
        assertLinear((n) => {
          const pod = podOf(n);
          return () => act(pod);
        }, 2000);
      });
    }
  });
}

for (const [command, act] of Object.entries(commands)) {
  describe(`twice as much is no more than ${most} times the work of ${command}:`, () => {
    for (const [what, podOf] of Object.entries(growing)) {
      test(what, () => {
        assertLinear((n) => {
          const text = stringify(podOf(n));
          return () => act(text);
        }, 500);
      });
    }
  });
}
