import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { containerPlaces, defaultContainerName } from '../../src/kubernetes/pod.ts';

const containers = [{ name: 'main' }, { name: 'worker' }];
const initContainers = [{ name: 'prepare' }];

describe('the default container', () => {
  const annotated = (value: unknown) => ({
    metadata: { annotations: { 'kubectl.kubernetes.io/default-container': value } },
    spec: { containers, initContainers },
  });
  for (const [name, pod, expected] of [
    ['is the first regular one', { spec: { containers, initContainers } }, 'main'],
    ['is the one that the annotation names', annotated('worker'), 'worker'],
    ['is the first where the annotation names none of the pod', annotated('other'), 'main'],
    ['is the first where the annotation names an init container', annotated('prepare'), 'main'],
    ['is the first where the annotation is no string', annotated(1), 'main'],
    ['is the first without annotations', { metadata: { annotations: null }, spec: { containers } }, 'main'],
    ['does not exist without containers', { spec: { containers: null } }, undefined],
    ['does not exist without a spec', {}, undefined],
  ] as const) {
    test(name, () => {
      assert.equal(defaultContainerName(pod), expected);
    });
  }
});

test('places of containers come in the order in which they start, with their index in their list', () => {
  const places = containerPlaces({ containers, initContainers });
  assert.deepEqual(
    places.map(({ list, index, container }) => `${list}/${index} ${container.name}`),
    ['initContainers/0 prepare', 'containers/0 main', 'containers/1 worker'],
  );
  assert.deepEqual(containerPlaces({ containers: null }), []);
});
