import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerPlaces } from '../../src/kubernetes/pod.ts';

const containers = [{ name: 'main' }, { name: 'worker' }];
const initContainers = [{ name: 'prepare' }];

test('the places of containers are in the order in which they start, with their index in their list', () => {
  const places = containerPlaces({ containers, initContainers });
  assert.deepEqual(
    places.map(({ list, index, container }) => `${list}/${index} ${container.name}`),
    ['initContainers/0 prepare', 'containers/0 main', 'containers/1 worker'],
  );
  assert.deepEqual(containerPlaces({ containers: null }), []);
});
