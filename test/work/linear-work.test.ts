import './operations.ts'; // before the modules that it measures
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { mutate } from '../../src/admission/mutate-pod.ts';
import { validateWorkload } from '../../src/admission/validate-workload.ts';
import { unifiedDiff } from '../../src/commands/manifest/unified-diff.ts';
import { explain, inject, lint, uninject } from '../../src/index.ts';
import { injectPod } from '../../src/injection/inject-pod.ts';
import { uninjectPod, withoutPaths } from '../../src/injection/uninject-pod.ts';
import { defaultOptions } from '../golden/default-options.ts';
import { validOptions } from '../manifest/valid-options.ts';
import { reviewOf, workloadReviewOf } from '../support/admission-review.ts';
import { count, everything, growing, type Json, main, podWith } from './growing-pods.ts';
import { type KubernetesList, listsOfPod } from './kubernetes-lists.ts';
import { countOperations } from './operations.ts';

// The work for twice the input, at most: sorting takes slightly more than twice. A list that is searched for each element of
// another takes four times, and a pod of some hundred kilobytes then blocks the webhook.
const maxGrowth = 2.5;
const options = { ...defaultOptions, onInvalid: 'deny' } as const;
const offline = validOptions({ kubernetesVersion: '1.33' }, 'default');

/** The growing pods that exercise the code for manifests. */
const inManifests: readonly (keyof typeof growing)[] = [
  ...['wrong items of env', 'unknown annotations of ours', 'labels of nodes', 'files of our volume'],
  ...['containers that get variables and files', 'containers with variables of their own'],
  ...['variables that the container has twice', 'a status that names mounts that are there'],
  ...['a status that names what a container has and what is asked for'],
  ...['a status that names mounts that are not there, of many files'],
];

/** Counts the operations for inputs of two sizes. */
function assertLinear(prepare: (n: number) => () => void, n: number): void {
  prepare(n / 10)(); // for the work that is done only once
  const [once = 0, twice = 0] = [n, 2 * n].map((size) => countOperations(prepare(size)));
  assert.ok(once > 0 && twice <= maxGrowth * once, `${once} operations, and ${twice} for twice the input`);
}

describe('the work grows in proportion to the pod', () => {
  const acts: Readonly<Record<string, (pod: Json) => void>> = {
    'the review of a pod': (pod) => void mutate(reviewOf(pod), options),
    'the review of a workload': (pod) => void validateWorkload(workloadReviewOf(deploymentOf(pod)), options),
    injection: (pod) => void injectPod(pod, { namespace: 'default' }, options),
    uninjection: (pod) => {
      const result = uninjectPod(pod);
      if (result.kind === 'uninjected') withoutPaths(pod, result.paths);
    },
  };
  for (const [name, act] of Object.entries(acts)) {
    for (const [what, podOf] of Object.entries(growing)) {
      test(`${name}: ${what}`, () => {
        assertLinear((n) => {
          const pod = podOf(n);
          return () => act(pod);
        }, 1000);
      });
    }
  }
});

describe('the work of a review grows in proportion to any list of a pod', async () => {
  for (const list of await listsOfPod()) {
    for (const names of ['different', 'equal'] as const) {
      if (names === 'equal' && (list.kind === 'map' || list.fields === undefined)) continue;
      test(`${list.path.join('.')}, with ${names} names`, () => {
        assertLinear((n) => {
          const review = reviewOf(podWithList(list, n, names));
          return () => void mutate(review, options);
        }, 300);
      });
    }
  }
});

describe('the work of a command grows in proportion to the manifest', () => {
  const acts: Readonly<Record<string, (text: string) => void>> = {
    'lint and explain': (text) => {
      lint([{ name: 'pod', text }], offline);
      explain(text, offline);
    },
    'inject, with a diff': (text) => void unifiedDiff('pod', inject(text, offline).documents, process.stdout),
    uninject: (text) => void uninject(text),
  };
  for (const [name, act] of Object.entries(acts)) {
    for (const [what, textOf] of Object.entries(manifests())) {
      test(`${name}: ${what}`, () => {
        assertLinear((n) => {
          const text = textOf(n);
          return () => act(text);
        }, 400);
      });
    }
  }
});

/** Returns manifests by the part that grows. */
function manifests(): Readonly<Record<string, (n: number) => string>> {
  const pods = inManifests.flatMap((what) => [
    [`${what}, in YAML`, (n: number) => stringify(growing[what]?.(n))] as const,
    [`${what}, in JSON on one line`, (n: number) => JSON.stringify(growing[what]?.(n))] as const,
  ]);
  return {
    ...Object.fromEntries(pods),
    documents: (n) => count(n / 10, () => stringify(podWith({ env: 'pod', volume: 'labels, x' }))).join('---\n'),
    'items of a List in YAML': (n) => stringify(listOf(n / 10)),
    'items of a List in JSON on one line': (n) => JSON.stringify(listOf(n / 10)),
    'items of a List in JSON over many lines': (n) => JSON.stringify(listOf(n / 10), null, 2),
    'lines before a mistake': (n) => `${'#\n'.repeat(n * 10)}${stringify(listOf(n / 10))}`,
  };
}

/** Returns a list of pods, every other one with a mistake. */
function listOf(n: number): Json {
  const items = count(n, (index) => podWith(index % 2 === 0 ? everything : { env: 'x, y' }, main({ env: [] })));
  return { apiVersion: 'v1', kind: 'List', items };
}

function deploymentOf(pod: Json): Json {
  const { annotations } = pod['metadata'] as Json;
  const metadata = { name: 'web', annotations };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: pod } };
}

/** Returns a pod with every kind of injection and `n` elements in one of its lists. */
function podWithList({ path, kind, fields }: KubernetesList, n: number, names: 'different' | 'equal'): Json {
  const pod = podWith(everything);
  let parent: Record<string | number, unknown> = pod;
  for (const [at, key] of path.entries()) {
    const inner = path[at + 1];
    if (inner !== undefined) parent[key] ??= typeof inner === 'number' ? [{ name: 'first' }] : {};
    else if (kind === 'map') parent[key] = { ...(parent[key] as object), ...mapOf(fields, n) };
    else parent[key] = count(n, (index) => elementOf(fields, names === 'equal' ? 0 : index));
    parent = parent[key] as Json;
  }
  return pod;
}

function mapOf(fields: KubernetesList['fields'], n: number): Json {
  return Object.fromEntries(
    count(n, (index) => [`key${index}`, fields === undefined ? '1' : elementOf(fields, index)]),
  );
}

function elementOf(fields: KubernetesList['fields'], index: number): unknown {
  if (fields === undefined) return `text${index}`;
  const values: Readonly<Record<string, (name: string) => unknown>> = {
    string: (name) => `${name}${index}`,
    number: () => index + 1,
    boolean: () => true,
  };
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, values[type]?.(name)]));
}
