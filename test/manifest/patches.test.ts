import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lint, patchFiles } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions({ kubernetesVersion: '1.36' });
const messagesOf = (text: string, flags: { readonly isPatch?: boolean; readonly isFound?: boolean } = {}) =>
  lint([{ name: 'a.yaml', text, ...flags }], options)[0]?.findings.map(({ message }) => message);

describe('a patch', () => {
  const workload = (annotation: string, spec = '') =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { metadata: { annotations: { ${annotation} } }${spec} } }\n`;
  const containers = ', spec: { containers: [{ name: main, image: web }] }';

  test('by its place in a kustomization is checked without its containers, even if it has some', () => {
    const text = workload('downlink.dev/env: pod, downlink.dev/containers: worker', containers);
    assert.deepEqual(messagesOf(text, { isPatch: true }), []);
    assert.equal(messagesOf(text)?.length, 1); // the reverse: there is no such container
  });

  test('by its shape is checked as to its annotations', () => {
    assert.deepEqual(messagesOf(workload('downlink.dev/env: pod, downlink.dev/volume-path: /x')), []);
    assert.equal(messagesOf(workload('downlink.dev/env: ppod'))?.length, 1);
  });

  test('cannot request a profile that the settings lack', () => {
    assert.match(messagesOf(workload('downlink.dev/profile: web'))?.[0] ?? '', /profile\]: Not found: "web"/);
  });

  test('that opts out is not checked, as a pod would not be', () => {
    assert.deepEqual(messagesOf(workload('downlink.dev/inject: "false", downlink.dev/env: ppod')), []);
  });

  test('of a custom resource is checked if a kustomization names it', () => {
    const rollout = workload('downlink.dev/env: ppod')
      .replace('apps/v1', 'argoproj.io/v1')
      .replace('Deployment', 'Rollout');
    assert.equal(messagesOf(rollout, { isPatch: true })?.length, 1);
    assert.deepEqual(messagesOf(rollout), []);
  });

  test('with operations of any number is read in linear time and memory', () => {
    const operation = (index: number) =>
      `{"op":"add","path":"/spec/template/metadata/annotations/downlink.dev~1x${index}","value":"1"}`;
    const text = `[${Array.from({ length: 5000 }, (_, index) => operation(index)).join(',')}]`;
    assert.equal(messagesOf(text)?.at(-1), 'and 4900 more');
  });

  test('cannot be nested in another patch, so that the work stays proportional to the text', () => {
    const indent = (text: string) => text.replaceAll(/^/gm, '      ');
    const nested = (text: string) => `kind: Kustomization\npatches:\n  - patch: |-\n${indent(text)}`;
    const patch = workload('downlink.dev/env: ppod').trimEnd();
    assert.equal(messagesOf(nested(patch))?.length, 1);
    assert.deepEqual(messagesOf(nested(nested(patch))), []);
  });

  test('in JSON on one line is a patch, and not the name of a file', () => {
    const patch = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","annotations":{"downlink.dev/env":"ppod"}}}';
    const text = `kind: Kustomization\npatchesStrategicMerge: ['${patch}']\n`;
    assert.equal(messagesOf(text)?.length, 1);
    assert.deepEqual(patchFiles({ name: 'kustomization.yaml', text }), []);
  });

  test('cannot change the prototype of an object', () => {
    const text = '[{ op: add, path: /__proto__/annotations/downlink.dev~1env, value: pod }]';
    assert.deepEqual(messagesOf(text), []);
    assert.equal(Object.hasOwn(Object.prototype, 'annotations'), false);
  });
});

describe('the patch files of a kustomization', () => {
  const text = `
patches: [{ path: a.yaml }, { patch: "- op: add", target: {} }, { path: ../b.yaml }, 7]
patchesStrategicMerge: [c.yaml, "kind: Pod\\n"]
patchesJson6902: [{ path: d.json, target: { kind: Pod } }]`;

  test('are those of all its fields', () => {
    const files = patchFiles({ name: 'overlay/kustomization.yaml', text });
    assert.deepEqual(files, ['a.yaml', '../b.yaml', 'd.json', 'c.yaml']);
  });

  for (const [what, name, content] of [
    ['another file', 'deploy.yaml', text],
    ['broken YAML', 'kustomization.yaml', 'patches: ['],
    ['a template', 'kustomization.yml', 'patches: [{ path: {{ .x }} }]'],
    ['another kind', 'kustomization.yaml', `apiVersion: v1\nkind: ConfigMap${text}`],
    ['fields of other types', 'kustomization.yaml', 'patches: 1\npatchesStrategicMerge: { a: b }\n'],
  ] as const) {
    test(`are none in ${what}`, () => {
      assert.deepEqual(patchFiles({ name, text: content }), []);
    });
  }
});

describe('a file that is not a manifest', () => {
  const linted = (text: string, isFound: boolean) => lint([{ name: 'a.yaml', text, isFound }], options)[0];
  for (const [what, text, isFound, expected] of [
    ['a template, found in a folder', '{{- if .x }}\na: b\n{{- end }}\n', true, { codes: [], passedOver: 1 }],
    ['a template, named', 'a: {{ .x }}\n', false, { codes: [], passedOver: 1 }],
    [
      'a template with a misspelled prefix',
      'annotations:\n  downlink.io/env: {{ .x }}\n',
      true,
      { codes: [], passedOver: 1 },
    ],
    ['a template about Downlink', 'downlink.dev/env: {{ .x }}\n', true, { codes: ['template'], passedOver: 0 }],
    [
      'a template about Downlink that begins with a block',
      '{{- with .x }}\ndownlink.dev/env: [\n{{- end }}\n',
      true,
      { codes: ['template'], passedOver: 0 },
    ],
    ['broken YAML, found in a folder', 'a: [\n', true, { codes: [], passedOver: 1 }],
    ['broken YAML, named', 'a: [\n', false, { codes: ['syntax'], passedOver: 0 }],
    ['broken YAML about Downlink', 'downlink.dev/env: [\n', true, { codes: ['syntax'], passedOver: 0 }],
  ] as const) {
    test(`${expected.codes.length === 0 ? 'is passed over' : `has the code ${expected.codes[0]}`}: ${what}`, () => {
      const result = linted(text, isFound);
      const codes = result?.findings.map(({ code }) => code);
      assert.deepEqual({ codes, passedOver: result?.passedOver }, expected);
    });
  }
});
