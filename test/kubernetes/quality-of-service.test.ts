import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodSpec, ResourceRequirements } from '../../src/kubernetes/pod.ts';
import {
  everyContainerHasCpuLimit,
  hasPodLevelResources,
  qualityOfService,
} from '../../src/kubernetes/quality-of-service.ts';

const both = { cpu: '100m', memory: '64Mi' };

function specOf(containers: readonly (ResourceRequirements | null | undefined)[], more: PodSpec = {}): PodSpec {
  return { ...more, containers: containers.map((resources, index) => ({ name: `c${index}`, resources })) };
}

describe("a pod's QoS class", () => {
  for (const [name, spec, expected] of [
    ['is BestEffort where nothing is asked for', specOf([undefined, null, {}]), 'BestEffort'],
    [
      'is BestEffort where zero is asked for',
      specOf([{ requests: { cpu: 0 }, limits: { memory: '0' } }]),
      'BestEffort',
    ],
    [
      'is BestEffort where other resources are asked for',
      specOf([{ limits: { 'ephemeral-storage': '1Gi' } }]),
      'BestEffort',
    ],
    ['is Burstable where one container asks', specOf([{ requests: { cpu: '1m' } }, {}]), 'Burstable'],
    ['is Guaranteed where limits equal requests', specOf([{ requests: both, limits: both }]), 'Guaranteed'],
    ['is Guaranteed where requests are still to be defaulted', specOf([{ limits: both }]), 'Guaranteed'],
    [
      'is Guaranteed where one value is spelt in two ways',
      specOf([{ requests: { cpu: 0.1, memory: '65536Ki' }, limits: both }]),
      'Guaranteed',
    ],
    ['is Burstable where a request is lower', specOf([{ requests: { cpu: '50m' }, limits: both }]), 'Burstable'],
    ['is Burstable where a request is zero', specOf([{ requests: { cpu: '0' }, limits: both }]), 'Burstable'],
    ['is Burstable where a limit is missing', specOf([{ limits: { cpu: '1' } }]), 'Burstable'],
    ['is Burstable where one container of two has no limits', specOf([{ limits: both }, {}]), 'Burstable'],
    [
      'counts init containers',
      specOf([{ limits: both }], { initContainers: [{ name: 'init', resources: {} }] }),
      'Burstable',
    ],
    [
      'is decided by pod-level resources where there are any',
      specOf([{}], { resources: { requests: both, limits: both } }),
      'Guaranteed',
    ],
    [
      'does not mind an empty object at the level of the pod',
      specOf([{ limits: both }], { resources: {} }),
      'Guaranteed',
    ],
  ] as const) {
    test(name, () => {
      assert.equal(qualityOfService(spec), expected);
    });
  }
});

describe('a cpu limit everywhere', () => {
  for (const [name, spec, expected] of [
    ['holds where every container has one', specOf([{ limits: { cpu: '1' } }, { limits: { cpu: '10m' } }]), true],
    ['does not hold where one lacks it', specOf([{ limits: { cpu: '1' } }, { limits: { memory: '1Gi' } }]), false],
    ['does not hold for a limit of zero', specOf([{ limits: { cpu: '0' } }]), false],
    ['counts init containers', specOf([{ limits: { cpu: '1' } }], { initContainers: [{ name: 'init' }] }), false],
  ] as const) {
    test(name, () => {
      assert.equal(everyContainerHasCpuLimit(spec), expected);
    });
  }
});

describe('pod-level resources', () => {
  for (const [name, resources, expected] of [
    ['are there with a request for cpu', { requests: { cpu: '1' } }, true],
    ['are there with a limit for huge pages', { limits: { 'hugepages-2Mi': '4Mi' } }, true],
    ['are not there when absent', undefined, false],
    ['are not there when empty', { requests: {}, limits: null }, false],
  ] as const) {
    test(name, () => {
      assert.equal(hasPodLevelResources({ resources }), expected);
    });
  }
});
