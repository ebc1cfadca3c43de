import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { inject, injectResourceList, isResourceList, lint, patchFiles } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

// Whatever a patch or a kustomization contains, lint returns findings at places that exist in the file.

const options = validOptions({ kubernetesVersion: '1.36' });
const key = fc.constantFrom(
  ...['metadata', 'annotations', 'labels', 'spec', 'template', 'jobTemplate', 'containers', '0', '-', ''],
  ...[
    'downlink.dev~1env',
    'downlink.dev~1volume',
    'downlink.dev~1x',
    'downlink.dev',
    'env',
    '__proto__',
    'constructor',
  ],
);
const annotations = fc.dictionary(
  fc.constantFrom('downlink.dev/env', 'downlink.dev/inject', 'downlink.dev/status', 'downlink.dev/profile', 'other'),
  fc.oneof(
    fc.constantFrom('pod', 'A=limits.cpu, A=limits.memory', 'false', '{', null, 0, true),
    fc.jsonValue({ maxDepth: 1 }),
  ),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  annotations,
  annotations.map((own) => ({ annotations: own })),
  annotations.map((own) => ({ metadata: { annotations: own } })),
  annotations.map((own) => ({ template: { metadata: { annotations: own }, spec: null } })),
);
const operation = fc.record({
  op: fc.constantFrom('add', 'replace', 'remove', 'test', 'other'),
  path: fc.array(key, { maxLength: 8 }).map((keys) => keys.map((one) => `/${one}`).join('')),
  value,
});
const workload = fc.record({
  apiVersion: fc.constantFrom('v1', 'apps/v1', 'batch/v1', 'example.com/v1'),
  kind: fc.constantFrom('Pod', 'Deployment', 'CronJob', 'Rollout', 'List'),
  metadata: fc.record({ name: fc.constant('web'), annotations }),
  spec: value,
});
const patch = fc.oneof(fc.array(operation, { minLength: 1, maxLength: 4 }), workload);
const text = fc.oneof(
  patch.map((one) => stringify(one)),
  patch.map((one) => JSON.stringify(one)),
  fc.tuple(patch, patch).map((both) => both.map((one) => stringify(one)).join('---\n')),
  fc.string(),
);
const kustomization = fc.record(
  {
    kind: fc.constantFrom('Kustomization', 'Component'),
    commonAnnotations: fc.oneof(annotations, value),
    patches: fc.oneof(
      value,
      fc.array(fc.record({ patch: text, path: fc.string(), target: fc.record({ kind: key }) }, { requiredKeys: [] })),
    ),
    patchesStrategicMerge: fc.oneof(value, fc.array(text)),
  },
  { requiredKeys: ['kind'] },
);

const manifest = fc.oneof(
  text,
  kustomization.map((one) => stringify(one)),
  kustomization.map((one) => JSON.stringify(one)),
);

test('lint finds places that exist, in patches and kustomizations of any content', () => {
  fc.assert(
    fc.property(manifest, fc.boolean(), (content, isPatch) => {
      const lines = content.split('\n');
      const [linted] = lint([{ name: 'kustomization.yaml', text: content, isPatch }], options);
      for (const { line, column, message } of linted?.findings ?? []) {
        assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}: ${message}`);
        assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1, `column ${column}: ${message}`);
      }
      for (const file of patchFiles({ name: 'kustomization.yaml', text: content })) assert.notEqual(file, '');
    }),
    { numRuns: 1000 },
  );
});

test('a ResourceList of any items is one afterwards, and is injected as a list is', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(workload, value), { maxLength: 4 }), fc.boolean(), (items, isJson) => {
      const list = { apiVersion: 'config.kubernetes.io/v1', kind: 'ResourceList', items };
      const content = isJson ? JSON.stringify(list) : stringify(list, { compat: 'yaml-1.1' });
      const { text: injected, results, findings } = injectResourceList(content, options);
      assert.ok(isResourceList(injected));
      assert.equal(results.length, findings.length);
      if (results.length === 0) assert.equal(injected, inject(content, options).text);
    }),
    { numRuns: 500 },
  );
});
