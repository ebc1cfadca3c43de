import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodSpec, ResourceRequirements } from '../../src/kubernetes/pod.ts';
import {
  everyContainerHasLimit,
  everyContainerHasRequest,
  hasPodLevelResources,
  qualityOfService,
} from '../../src/kubernetes/quality-of-service.ts';

const both = { cpu: '100m', memory: '64Mi' };

function specOf(containers: readonly (ResourceRequirements | null | undefined)[], more: PodSpec = {}): PodSpec {
  return { ...more, containers: containers.map((resources, index) => ({ name: `c${index}`, resources })) };
}

describe("a pod's QoS class", () => {
  for (const [name, spec, expected] of [
    ['is BestEffort without requests and limits', specOf([undefined, null, {}]), 'BestEffort'],
    [
      'is BestEffort with requests and limits of zero',
      specOf([{ requests: { cpu: 0 }, limits: { memory: '0' } }]),
      'BestEffort',
    ],
    [
      'is BestEffort with limits of other resources',
      specOf([{ limits: { 'ephemeral-storage': '1Gi' } }]),
      'BestEffort',
    ],
    ['is Burstable if one container has a request', specOf([{ requests: { cpu: '1m' } }, {}]), 'Burstable'],
    ['is Guaranteed if limits equal requests', specOf([{ requests: both, limits: both }]), 'Guaranteed'],
    ['is Guaranteed if requests default to the limits', specOf([{ limits: both }]), 'Guaranteed'],
    [
      'is Guaranteed if equal quantities are spelled differently',
      specOf([{ requests: { cpu: 0.1, memory: '65536Ki' }, limits: both }]),
      'Guaranteed',
    ],
    [
      'is Burstable if a request is lower than its limit',
      specOf([{ requests: { cpu: '50m' }, limits: both }]),
      'Burstable',
    ],
    ['is Burstable if a request is zero', specOf([{ requests: { cpu: '0' }, limits: both }]), 'Burstable'],
    ['is Burstable if a limit is missing', specOf([{ limits: { cpu: '1' } }]), 'Burstable'],
    ['is Burstable if one of two containers has no limits', specOf([{ limits: both }, {}]), 'Burstable'],
    [
      'counts init containers',
      specOf([{ limits: both }], { initContainers: [{ name: 'init', resources: {} }] }),
      'Burstable',
    ],
    [
      'follows from pod-level resources if there are any',
      specOf([{}], { resources: { requests: both, limits: both } }),
      'Guaranteed',
    ],
    ['ignores empty pod-level resources', specOf([{ limits: both }], { resources: {} }), 'Guaranteed'],
  ] as const) {
    test(name, () => {
      assert.equal(qualityOfService(spec), expected);
    });
  }
});

describe('a CPU limit in every container', () => {
  for (const [name, spec, expected] of [
    ['is there if every container has one', specOf([{ limits: { cpu: '1' } }, { limits: { cpu: '10m' } }]), true],
    [
      'is not there if one container has none',
      specOf([{ limits: { cpu: '1' } }, { limits: { memory: '1Gi' } }]),
      false,
    ],
    ['is not there if it is zero', specOf([{ limits: { cpu: '0' } }]), false],
    [
      'must be in init containers, too',
      specOf([{ limits: { cpu: '1' } }], { initContainers: [{ name: 'init' }] }),
      false,
    ],
  ] as const) {
    test(name, () => {
      assert.equal(everyContainerHasLimit(spec, 'cpu'), expected);
    });
  }
});

describe('a request of ephemeral storage in every container', () => {
  const storage = { 'ephemeral-storage': '1Gi' };
  for (const [name, spec, expected] of [
    ['is there if every container has one', specOf([{ requests: storage }, { requests: storage }]), true],
    ['is there if a container has only a limit, which is also its request', specOf([{ limits: storage }]), true],
    ['is not there if one container has neither', specOf([{ requests: storage }, { requests: { cpu: '1' } }]), false],
    ['must be in init containers, too', specOf([{ limits: storage }], { initContainers: [{ name: 'init' }] }), false],
  ] as const) {
    test(name, () => {
      assert.equal(everyContainerHasRequest(spec, 'ephemeral-storage'), expected);
    });
  }
});

describe('pod-level resources', () => {
  for (const [name, resources, expected] of [
    ['are there with a CPU request', { requests: { cpu: '1' } }, true],
    ['are there with a limit of huge pages', { limits: { 'hugepages-2Mi': '4Mi' } }, true],
    ['are not there when absent', undefined, false],
    ['are not there when empty', { requests: {}, limits: null }, false],
  ] as const) {
    test(name, () => {
      assert.equal(hasPodLevelResources({ resources }), expected);
    });
  }
});
