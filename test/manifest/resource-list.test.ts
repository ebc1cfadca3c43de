import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { injectResourceList, isResourceList } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions({ kubernetesVersion: '1.36' });
const pod = (name: string, env: string) => `- apiVersion: v1
  kind: Pod
  metadata:
    name: ${name} # its name
    namespace: shop
    annotations:
      internal.config.kubernetes.io/path: 'k8s/pods.yaml'
      internal.config.kubernetes.io/index: '1'
      downlink.dev/env: ${env}
  spec: { containers: [ { name: main } ] }
`;
const list = (items: string, more = '') =>
  `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n${more}items:\n${items}`;

describe('a ResourceList', () => {
  for (const [what, text, expected] of [
    ['of v1', list(pod('a', 'pod')), true],
    ['of v1beta1', list(pod('a', 'pod')).replace('/v1', '/v1beta1'), true],
    ['in JSON', '{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[]}', true],
    ['of another group', 'apiVersion: example.com/v1\nkind: ResourceList\nitems: []\n', false],
    ['beside another document', `${list(pod('a', 'pod'))}---\nkind: Pod\n`, false],
    ['in broken YAML', 'kind: ResourceList\n a: [', false],
    ['in a List', 'apiVersion: v1\nkind: List\nitems: [{ kind: ResourceList }]\n', false],
    ['that is empty text', '', false],
  ] as const) {
    test(`${what} is ${expected ? '' : 'not '}the input of a function`, () => {
      assert.equal(isResourceList(text), expected);
    });
  }

  test('without findings keeps everything else byte for byte, and gets no results', () => {
    const text = list(pod('a', 'metadata.name'), 'functionConfig: { kind: Any } # kept\n');
    const { text: injected, results } = injectResourceList(text, options);
    assert.deepEqual(results, []);
    const before = text.split('\n');
    assert.deepEqual(
      before.filter((line) => !injected.includes(line.slice(0, 30))),
      [],
    );
    assert.equal(parse(injected).items[0].spec.containers[0].env[0].name, 'POD_NAME');
    assert.equal(parse(injected).results, undefined);
  });

  test('with a mistake keeps its items, and names object, field, and file', () => {
    const text = list(pod('a', 'metadata.name') + pod('b', 'ppod'));
    const { text: injected, findings } = injectResourceList(text, options);
    assert.ok(injected.startsWith(text));
    assert.deepEqual(parse(injected).results, [
      {
        message: 'Invalid value: "ppod": unknown field; did you mean "pod"?',
        severity: 'error',
        resourceRef: { apiVersion: 'v1', kind: 'Pod', name: 'b', namespace: 'shop' },
        field: { path: 'metadata.annotations[downlink.dev/env]' },
        file: { path: 'k8s/pods.yaml', index: 1 },
        tags: { code: 'Invalid' },
      },
    ]);
    assert.equal(findings.length, 1);
  });

  test('with a warning is injected and gets it as a result', () => {
    const { text } = injectResourceList(list(pod('a', 'metadata.name, A="$(B)"')), options);
    const { items, results } = parse(text);
    assert.equal(items[0].spec.containers[0].env.length, 2);
    assert.deepEqual(
      results.map(({ severity }: { readonly severity: string }) => severity),
      ['warning'],
    );
  });

  test('keeps everything else byte for byte when it replaces results', () => {
    const thing = `- apiVersion: v1
  kind: ConfigMap
  metadata: { name: a } # a comment
  data: { id: 1234567890123456789, version: 1.10, mask: 0x1F }
`;
    const text = list(thing);
    assert.equal(injectResourceList(`${text}results: []\n`, options).text, text);
    assert.equal(injectResourceList(`${text}results:\n- message: earlier\n`, options).text, text);
  });

  test('replaces the results of a function before it', () => {
    const earlier = 'results:\n- message: from somebody else\n';
    const wrong = injectResourceList(list(pod('a', 'ppod'), earlier), options).text;
    assert.equal(parse(wrong).results.length, 1);
    assert.doesNotMatch(wrong, /somebody/);
    assert.match(wrong, /# its name/);
    const right = injectResourceList(list(pod('a', 'pod'), earlier), options).text;
    assert.equal(parse(right).results, undefined);
  });

  test('in JSON stays JSON', () => {
    const text = JSON.stringify(parse(list(pod('a', 'ppod'))));
    const { results, items } = JSON.parse(injectResourceList(text, options).text);
    assert.equal(results[0].resourceRef.name, 'a');
    assert.equal(items.length, 1);
  });

  test('with an object that cannot be edited has a result about it', () => {
    const shared = pod('a', 'metadata.name').replace('{ name: main }', '&main { name: main }');
    const { results, text } = injectResourceList(list(`${shared}- { kind: Other, value: *main }\n`), options);
    assert.deepEqual(
      results.map(({ tags, resourceRef }) => [tags['code'], resourceRef?.['name']]),
      [['not-editable', 'a']],
    );
    assert.equal(parse(text).items[0].spec.containers[0].env, undefined);
  });
});
