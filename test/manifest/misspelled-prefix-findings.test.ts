import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lint } from '../../src/index.ts';
import { validOptions } from './valid-options.ts';

const options = validOptions({ kubernetesVersion: '1.33' }, 'web');
const lintOf = (text: string) =>
  lint([{ name: 'x.yaml', text }], options).flatMap(({ findings }) =>
    findings.map(({ severity, code, line, column, message }) => `${line}:${column} ${severity} ${code} ${message}`),
  );

const pod = (annotations: string, kind = 'Pod') => `apiVersion: v1
kind: ${kind}
metadata:
  name: a
  annotations: ${annotations}
spec:
  containers: [{ name: main, image: "busybox:1.37" }]
`;

test('lint gives a hint about a misspelled prefix if nothing else in the manifest names Downlink', () => {
  assert.deepEqual(lintOf(pod('\n    note: x\n    downlink.io/env: pod')), [
    '7:5 hint misspelled-prefix metadata.annotations[downlink.io/env]: Downlink does not read it; did you mean downlink.dev/env?',
  ]);
});

test('lint gives a hint beside other Downlink annotations, in flow style, in quotes, and on each template', () => {
  const cronJob = `apiVersion: batch/v1
kind: CronJob
metadata: { name: a, annotations: { "dowlink.dev/env": pod } }
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations:
            downlink.dev/env: pod
            downlink.dev: volume
        spec: { restartPolicy: Never, containers: [{ name: main, image: x }] }
`;
  assert.deepEqual(lintOf(cronJob), [
    '3:37 hint misspelled-prefix metadata.annotations[dowlink.dev/env]: Downlink does not read it; did you mean downlink.dev/env?',
    '11:13 hint misspelled-prefix spec.jobTemplate.spec.template.metadata.annotations[downlink.dev]: Downlink does not read it; did you mean a key that begins with downlink.dev/?',
  ]);
});

for (const [what, text] of [
  ['a label', pod('{}').replace('annotations: {}', 'labels: { downlink.io/env: pod }')],
  ['an object that creates no pods', pod('{ downlink.io/env: pod }', 'ConfigMap')],
  ['an annotation of another project', pod('{ sidecar.istio.io/inject: "true" }')],
  ['text that only mentions it', pod('{ note: "downlink.io/env: pod" }')],
] as const)
  test(`lint gives no hint about ${what}`, () => assert.deepEqual(lintOf(text), []));
