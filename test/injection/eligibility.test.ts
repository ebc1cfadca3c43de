import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ineligible } from '../../src/injection/eligibility.ts';

const mirror = { 'kubernetes.io/config.mirror': 'a1b2' };

describe('a pod', () => {
  for (const [name, annotations, expected] of [
    ['without annotations asks for nothing', {}, 'not-requested'],
    ["with others' annotations asks for nothing", { 'example.com/env': 'pod' }, 'not-requested'],
    ['with env is looked at', { 'downlink.dev/env': 'pod' }, undefined],
    ['with volume is looked at', { 'downlink.dev/volume': 'labels' }, undefined],
    ['with ambassador is looked at, even where it says false', { 'downlink.dev/ambassador': 'false' }, undefined],
    ['with an empty list is looked at, to warn', { 'downlink.dev/env': '' }, undefined],
    ['with env that is no string is looked at, to deny it', { 'downlink.dev/env': null }, undefined],
    ['with an option alone asks for nothing', { 'downlink.dev/volume-path': '/x' }, 'not-requested'],
    ['with a status alone asks for nothing', { 'downlink.dev/status': '{}' }, 'not-requested'],
    ['with a misspelt key alone is looked at, to deny it', { 'downlink.dev/evn': 'pod' }, undefined],
    ['with a key named like what every object has is looked at', { 'downlink.dev/constructor': '' }, undefined],
    ['that opts out is left alone', { 'downlink.dev/env': 'pod', 'downlink.dev/inject': 'false' }, 'opted-out'],
    [
      'that opts out is left alone whatever else it says',
      { 'downlink.dev/x': '', 'downlink.dev/inject': 'false' },
      'opted-out',
    ],
    ['that says inject: true is looked at', { 'downlink.dev/env': 'pod', 'downlink.dev/inject': 'true' }, undefined],
    ['that says inject: true alone asks for nothing', { 'downlink.dev/inject': 'true' }, 'not-requested'],
    [
      'that opts out with a boolean has not opted out',
      { 'downlink.dev/env': 'pod', 'downlink.dev/inject': false },
      undefined,
    ],
    ['that is a mirror is left alone', { ...mirror, 'downlink.dev/env': 'pod' }, 'mirror-pod'],
    ['that is a mirror and opts out is a mirror', { ...mirror, 'downlink.dev/inject': 'false' }, 'mirror-pod'],
    ['with an empty mirror annotation is a mirror', { 'kubernetes.io/config.mirror': '' }, 'mirror-pod'],
  ] as const) {
    test(name, () => {
      assert.equal(ineligible(annotations), expected);
    });
  }

  test('does not ask by what its prototype has', () => {
    assert.equal(ineligible(Object.create({ 'downlink.dev/env': 'pod', ...mirror })), 'not-requested');
  });
});
