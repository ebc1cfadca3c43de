import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationKey, annotationNames } from '../../src/annotations/annotation-keys.ts';
import { keyMeantBy, misspelledPrefixesIn } from '../../src/annotations/misspelled-prefix.ts';

const rows: readonly (readonly [key: string, meant: string | undefined])[] = [
  ['downlink.io/env', 'downlink.dev/env'],
  ['downlink.com/ambassador-port', 'downlink.dev/ambassador-port'],
  ['dowlink.dev/env', 'downlink.dev/env'],
  ['donwlink.dev/env', 'downlink.dev/env'],
  ['downlnik.dev/volume', 'downlink.dev/volume'],
  ['downlink.de/volume', 'downlink.dev/volume'],
  ['Downlink.dev/inject', 'downlink.dev/inject'],
  ['www.downlink.dev/env', 'downlink.dev/env'],
  ['downlink.k8s.io/env', 'downlink.dev/env'],
  ['downlink/env', 'downlink.dev/env'],
  ['downlink.io/evn', 'downlink.dev/env'],
  ['downlink.dev', 'downlink.dev/'],
  ['downlink', 'downlink.dev/'],
  ['dowlink.dev', 'downlink.dev/'],
  ['downlink.dev.env', 'downlink.dev/env'],
  ['downlink.dev-ambassador-port', 'downlink.dev/ambassador-port'],
  ['downlink.dev_volume-path', 'downlink.dev/volume-path'],
  ['downlink-env', 'downlink.dev/env'],
  ...annotationNames.map((name) => [annotationKey(name), undefined] as const),
  ['downlink.dev/evn', undefined], // the right prefix: an unknown annotation, which is an error
  ['downlink.io/owner', undefined],
  ['downlink.io/status', undefined],
  ['downlink.example.com', undefined],
  ['uplink.dev/env', undefined],
  ['download.example.com/env', undefined],
  ['link.dev/env', undefined],
  ['example.com/downlink.dev', undefined],
  ['example.com/env', undefined],
  ['sidecar.istio.io/inject', undefined],
  ['linkerd.io/inject', undefined],
  ['dapr.io/env', undefined],
  ['prometheus.io/port', undefined],
  ['kubectl.kubernetes.io/default-container', undefined],
  ['resource.opentelemetry.io/service.name', undefined],
  ['env', undefined],
  ['inject', undefined],
  ['', undefined],
  ['/', undefined],
  ['/env', undefined],
  [`${'downlink.'.repeat(40)}/env`, undefined], // longer than any key
];

describe('an annotation with a misspelled prefix', () => {
  for (const [key, meant] of rows)
    test(`${key.slice(0, 60) || '(empty)'} ${meant === undefined ? 'is unrelated' : `means ${meant}`}`, () => {
      assert.equal(keyMeantBy(key), meant);
    });

  test('is reported with its field, in the order of the keys', () => {
    const annotations = {
      'downlink.io/volume': 'labels',
      'downlink.dev/env': 'pod',
      'a.downlink/env\n': '',
      'downlink.dev': '',
    };
    assert.deepEqual(misspelledPrefixesIn({ metadata: { annotations } }, []), [
      {
        field: 'metadata.annotations[a.downlink/env\\n]',
        detail: 'Downlink does not read it; did you mean downlink.dev/env?',
      },
      {
        field: 'metadata.annotations[downlink.dev]',
        detail: 'Downlink does not read it; did you mean a key that begins with downlink.dev/?',
      },
      {
        field: 'metadata.annotations[downlink.io/volume]',
        detail: 'Downlink does not read it; did you mean downlink.dev/volume?',
      },
    ]);
  });

  test('is found in a workload and in each template in it', () => {
    const metadata = { annotations: { 'downlink.io/env': 'pod' } };
    const jobTemplate = { metadata, spec: { template: { metadata } } };
    const path = ['spec', 'jobTemplate', 'spec', 'template'];
    assert.deepEqual(
      misspelledPrefixesIn({ metadata, spec: { jobTemplate } }, path).map(({ field }) => field),
      ['', 'spec.jobTemplate.', 'spec.jobTemplate.spec.template.'].map(
        (place) => `${place}metadata.annotations[downlink.io/env]`,
      ),
    );
    assert.deepEqual(misspelledPrefixesIn({ metadata: { annotations: ['downlink.io/env'] } }, []), []);
    assert.deepEqual(misspelledPrefixesIn(null, path), []);
  });
});
