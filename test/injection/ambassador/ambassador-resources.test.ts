import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { qualityOfService } from '../../../src/kubernetes/quality-of-service.ts';
import { injected, podWith } from '../injected.ts';

const withResources = (...all: object[]) => ({
  containers: all.map((resources, index) => ({ name: `c${index}`, resources })),
});
const burstable = withResources({ requests: { cpu: '10m' } });
const limited = withResources({ limits: { cpu: '1' } }, { limits: { cpu: '50m', memory: '1Gi' } });
const guaranteed = withResources({ limits: { cpu: '1', memory: '1Gi' } });
const podLevel = { resources: { limits: { cpu: '1', memory: '1Gi' } } };

describe("the ambassador's resources", () => {
  for (const [name, annotations, spec, expected] of [
    [
      'in a BestEffort pod have no cpu limit',
      {},
      {},
      { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ],
    [
      'in a Burstable pod have no cpu limit',
      {},
      burstable,
      { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ],
    [
      'have a cpu limit if all containers have one',
      {},
      limited,
      { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
    ],
    [
      'in a Guaranteed pod have limits equal to requests',
      {},
      guaranteed,
      { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
    ],
    ['with pod-level resources are none', {}, podLevel, undefined],
    [
      'with empty pod-level resources are the default',
      {},
      { ...burstable, resources: {} },
      { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ],
    [
      'have the requested cpu as request',
      { 'ambassador-cpu': '50m' },
      burstable,
      { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ],
    [
      'have the requested cpu as limit, too, if there is one',
      { 'ambassador-cpu': '200m' },
      limited,
      { requests: { cpu: '200m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
    ],
    [
      'have the requested memory as request and limit',
      { 'ambassador-memory': '96Mi' },
      burstable,
      { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '96Mi' } },
    ],
    [
      'in a Guaranteed pod have the requested values as both',
      { 'ambassador-cpu': '200m', 'ambassador-memory': '96Mi' },
      guaranteed,
      { requests: { cpu: '200m', memory: '96Mi' }, limits: { cpu: '200m', memory: '96Mi' } },
    ],
    [
      'with pod-level resources are the requested cpu',
      { 'ambassador-cpu': '200m' },
      podLevel,
      { requests: { cpu: '200m' } },
    ],
    [
      'with pod-level resources are the requested memory',
      { 'ambassador-memory': '96Mi' },
      podLevel,
      { requests: { memory: '96Mi' }, limits: { memory: '96Mi' } },
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(
        injected(podWith({ ambassador: 'true', ...annotations }, spec)).container('ambassador').resources,
        expected,
      );
    });
  }

  test('may request all that the pod leaves, which is a sum of decimal fractions', () => {
    const resources = { requests: { cpu: '300m', memory: '80Mi' } };
    const spec = { ...withResources({ requests: { cpu: '0.1' } }, { limits: { cpu: '100m' } }), resources };
    const annotations = { ambassador: 'true', 'ambassador-cpu': '100m', 'ambassador-memory': '80Mi' };
    assert.deepEqual(injected(podWith(annotations, spec)).container('ambassador').resources?.requests, {
      cpu: '100m',
      memory: '80Mi',
    });
  });

  for (const [name, spec, expected] of [
    ['make a BestEffort pod Burstable', {}, 'Burstable'],
    ['leave a Burstable pod Burstable', burstable, 'Burstable'],
    ['leave a Guaranteed pod Guaranteed', guaranteed, 'Guaranteed'],
    ['leave a pod Guaranteed whose pod-level resources are', podLevel, 'Guaranteed'],
  ] as const) {
    test(name, () => {
      assert.equal(qualityOfService(injected(podWith({ ambassador: 'true' }, spec)).spec), expected);
    });
  }

  for (const [name, annotations, spec, warnings] of [
    ['warn of a cpu limit below 100m', { 'ambassador-cpu': '99m' }, limited, ['ambassador-limit-low']],
    ['do not warn of 100m', { 'ambassador-cpu': '0.1' }, limited, []],
    ['do not warn of a low request without a limit', { 'ambassador-cpu': '10m' }, burstable, []],
    ['warn of a memory limit below 64Mi', { 'ambassador-memory': '63Mi' }, burstable, ['ambassador-limit-low']],
    ['do not warn of 64Mi', { 'ambassador-memory': '65536Ki' }, burstable, []],
    [
      'warn of both',
      { 'ambassador-cpu': '1m', 'ambassador-memory': '1Mi' },
      guaranteed,
      ['ambassador-limit-low', 'ambassador-limit-low'],
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(injected(podWith({ ambassador: 'true', ...annotations }, spec)).warnings, warnings);
    });
  }
});
