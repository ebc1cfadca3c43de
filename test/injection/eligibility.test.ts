import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ineligible } from '../../src/injection/eligibility.ts';

const mirror = { 'kubernetes.io/config.mirror': 'a1b2' };

describe('a pod', () => {
  for (const [name, annotations, expected] of [
    ['without annotations requests nothing', {}, 'not-requested'],
    ["with others' annotations asks for nothing", { 'example.com/env': 'pod' }, 'not-requested'],
    ['with env is eligible', { 'downlink.dev/env': 'pod' }, undefined],
    ['with volume is eligible', { 'downlink.dev/volume': 'labels' }, undefined],
    ['with ambassador is eligible, even if the value is false', { 'downlink.dev/ambassador': 'false' }, undefined],
    ['with an empty list is eligible, so that it gets a warning', { 'downlink.dev/env': '' }, undefined],
    ['with an env that is not a string is eligible, so that it is denied', { 'downlink.dev/env': null }, undefined],
    ['with only an option requests nothing', { 'downlink.dev/volume-path': '/x' }, 'not-requested'],
    ['with only a status requests nothing', { 'downlink.dev/status': '{}' }, 'not-requested'],
    ['with only a misspelled key is eligible, so that it is denied', { 'downlink.dev/evn': 'pod' }, undefined],
    ['with a key that is a property of every object is eligible', { 'downlink.dev/constructor': '' }, undefined],
    ['that opts out is skipped', { 'downlink.dev/env': 'pod', 'downlink.dev/inject': 'false' }, 'opted-out'],
    [
      'that opts out is skipped, whatever its other annotations are',
      { 'downlink.dev/x': '', 'downlink.dev/inject': 'false' },
      'opted-out',
    ],
    ['with inject: true is eligible', { 'downlink.dev/env': 'pod', 'downlink.dev/inject': 'true' }, undefined],
    ['with only inject: true requests nothing', { 'downlink.dev/inject': 'true' }, 'not-requested'],
    [
      'that opts out with a boolean has not opted out',
      { 'downlink.dev/env': 'pod', 'downlink.dev/inject': false },
      undefined,
    ],
    ['that is a mirror pod is skipped', { ...mirror, 'downlink.dev/env': 'pod' }, 'mirror-pod'],
    ['that is a mirror pod and opts out is a mirror pod', { ...mirror, 'downlink.dev/inject': 'false' }, 'mirror-pod'],
    ['with an empty mirror annotation is a mirror pod', { 'kubernetes.io/config.mirror': '' }, 'mirror-pod'],
  ] as const) {
    test(name, () => {
      assert.equal(ineligible(annotations), expected);
    });
  }

  test('requests nothing by properties of its prototype', () => {
    assert.equal(ineligible(Object.create({ 'downlink.dev/env': 'pod', ...mirror })), 'not-requested');
  });
});
