import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { maxAnnotations, sizeOf } from '../../../src/annotations/annotations-size.ts';
import { kubeconfigText } from '../../../src/injection/ambassador/ambassador-kubeconfig.ts';
import { injectPod } from '../../../src/injection/inject-pod.ts';
import { inject } from '../../../src/manifest/inject-manifest.ts';
import { uninject } from '../../../src/manifest/uninject-manifest.ts';
import { defaultOptions } from '../../golden/default-options.ts';
import { validOptions } from '../../manifest/valid-options.ts';

const requested = { 'downlink.dev/ambassador': 'true', 'downlink.dev/ambassador-kubeconfig': 'true' };
const podWith = (annotations: object) => ({
  metadata: { annotations: { ...requested, ...annotations } },
  spec: { containers: [{ name: 'main', image: 'busybox' }] },
});

describe('a kubeconfig', () => {
  for (const namespace of ['shop', '1', 'true', 'null', '0x1f', '1e3']) {
    test(`names the namespace ${namespace} as text`, () => {
      const { contexts, clusters, 'current-context': current } = parse(kubeconfigText(8090, namespace));
      assert.deepEqual(contexts, [{ name: current, context: { cluster: clusters[0].name, namespace } }]);
      assert.equal(clusters[0].cluster.server, 'http://127.0.0.1:8090');
    });
  }
});

test('an unknown namespace is an error, unless the kubeconfig is there already', () => {
  const unknown = injectPod(podWith({}), { namespace: undefined }, defaultOptions);
  assert.ok(unknown.kind === 'denied');
  assert.deepEqual(
    unknown.errors.first.map(({ field, detail }) => [field, detail]),
    [
      [
        'metadata.annotations[downlink.dev/ambassador-kubeconfig]',
        'the kubeconfig needs the namespace of the pod; set metadata.namespace, for example to "default"',
      ],
    ],
  );
  const written = injectPod(podWith({}), { namespace: 'shop' }, defaultOptions);
  assert.ok(written.kind === 'injected');
  assert.equal(injectPod(written.pod, { namespace: undefined }, defaultOptions).kind, 'skipped');
});

test('the kubeconfig counts toward the size of the annotations', () => {
  const withNote = (length: number) =>
    injectPod(podWith({ note: 'x'.repeat(length) }), { namespace: 'shop' }, defaultOptions);
  const short = withNote(0);
  assert.ok(short.kind === 'injected');
  const longest = maxAnnotations - sizeOf(short.pod.metadata?.annotations ?? {});
  assert.equal(withNote(longest).kind, 'injected');
  const tooLong = withNote(longest + 1);
  assert.ok(tooLong.kind === 'denied');
  assert.deepEqual(
    tooLong.errors.first.map(({ field, kind }) => [field, kind]),
    [['metadata.annotations', 'TooLong']],
  );
});

test('a kubeconfig that was removed is added again, and nothing else', () => {
  const first = injectPod(podWith({}), { namespace: 'shop' }, defaultOptions);
  assert.ok(first.kind === 'injected');
  const { 'downlink.dev/kubeconfig': text, ...others } = first.pod.metadata?.annotations ?? {};
  const again = injectPod({ ...first.pod, metadata: { annotations: others } }, { namespace: 'shop' }, defaultOptions);
  assert.ok(again.kind === 'injected');
  assert.deepEqual(
    again.operations.map(({ path, value }) => [path, value]),
    [
      ['/metadata/annotations/downlink.dev~1kubeconfig', text],
      ['/metadata/annotations/downlink.dev~1status', first.pod.metadata?.annotations?.['downlink.dev/status']],
    ],
  );
});

describe('uninject removes a kubeconfig from a manifest', () => {
  const block = `apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: shop
  annotations:
    downlink.dev/ambassador: "true"
    downlink.dev/ambassador-kubeconfig: "true"
spec:
  containers:
    - name: main
      image: busybox
`;
  const flow = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop", "annotations": ${JSON.stringify(requested)}}, "spec": {"containers": [{"name": "main"}]}}`;
  for (const [name, manifest] of [
    ['in block style', block],
    ['with Windows line breaks', block.replaceAll('\n', '\r\n')],
    ['without a line break at the end', block.trimEnd()],
    ['in JSON', flow],
    ['in flow style', flow.replaceAll('"apiVersion"', 'apiVersion')],
  ] as const) {
    test(name, () => {
      const { text = '', findings } = inject(
        manifest,
        validOptions({ kubernetesVersion: '1.33', ambassadorPullSecrets: 'registry' }),
      );
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      const { metadata, spec } = parse(text);
      assert.equal(metadata.annotations['downlink.dev/kubeconfig'], kubeconfigText(8001, 'shop'));
      assert.deepEqual(spec.imagePullSecrets, [{ name: 'registry' }]);
      assert.equal(uninject(text).text, manifest);
    });
  }
});
