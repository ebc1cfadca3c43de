import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  availability,
  describeSource,
  formatDownwardSource,
  parseDownwardSource,
  sameDivisor,
} from '../../src/annotations/downward-source.ts';

const subdomain253 = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

describe('a source', () => {
  for (const [text, offered] of [
    ['metadata.name', 'both'],
    ['metadata.namespace', 'both'],
    ['metadata.uid', 'both'],
    ['metadata.labels', 'volume'],
    ['metadata.annotations', 'volume'],
    ["metadata.labels['app']", 'both'],
    ["metadata.labels['app.kubernetes.io/name']", 'both'],
    ["metadata.labels['A.b_c-D9']", 'both'],
    [`metadata.labels['${subdomain253}/${'n'.repeat(63)}']`, 'both'],
    ["metadata.annotations['example.com/Build']", 'both'],
    ["metadata.annotations['Example.COM/build']", 'both'],
    ['spec.nodeName', 'env'],
    ['spec.serviceAccountName', 'env'],
    ['status.hostIP', 'env'],
    ['status.hostIPs', 'env'],
    ['status.podIP', 'env'],
    ['status.podIPs', 'env'],
    ['limits.cpu', 'both'],
    ['requests.cpu/1m', 'both'],
    ['limits.cpu/1', 'both'],
    ['limits.memory', 'both'],
    ['requests.memory/1Mi', 'both'],
    ['limits.ephemeral-storage/1G', 'both'],
    ['requests.hugepages-2Mi', 'both'],
    ['limits.hugepages-1Gi/1Gi', 'both'],
  ] as const) {
    test(`${text.slice(0, 60)} is valid in ${offered === 'both' ? 'both annotations' : `${offered} only`}`, () => {
      const source = parseDownwardSource(text);
      assert.ok(source.kind !== 'unknown-source', JSON.stringify(source));
      assert.equal(formatDownwardSource(source), text, 'it must come back as it was written');
      assert.equal(availability(source), offered);
    });
  }

  for (const divisor of ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']) {
    test(`in bytes accepts the divisor ${divisor}`, () => {
      assert.deepEqual(parseDownwardSource(`limits.memory/${divisor}`), {
        kind: 'resource',
        resource: 'limits.memory',
        divisor,
      });
    });
  }
});

describe('an invalid source', () => {
  for (const [text, problem] of [
    ['metadata.nam', 'unknown field'],
    ['status.phase', 'unknown field'],
    ["metadata.labels['a']['b']", 'unknown field'],
    ["metadata.labels['a']x", 'unknown field'],
    ['__proto__', 'unknown field'],
    ['constructor', 'unknown field'],
    ['', 'unknown field'],
    ['x'.repeat(100_000), 'unknown field'],
    ['limits.', 'unknown resource'],
    ['limits.CPU', 'unknown resource'],
    ['limits.nvidia.com/gpu', 'unknown resource'],
    ['limits.hugepages-2MB', 'unknown resource'],
    ['limits.hugepages-', 'unknown resource'],
    ['limits.hugepages-02Mi', 'unknown resource'],
    ['limits.cpu/2', 'unknown divisor "2" for cpu'],
    ['limits.cpu/', 'unknown divisor "" for cpu'],
    ['limits.cpu/1m/1m', 'unknown divisor "1m/1m" for cpu'],
    ["metadata.labels['']", '"" is not a valid label key'],
    ["metadata.labels['a b']", '"a b" is not a valid label key'],
    ["metadata.labels['a/b/c']", '"a/b/c" is not a valid label key'],
    ["metadata.labels['/name']", '"/name" is not a valid label key'],
    ["metadata.labels['a..b/name']", '"a..b/name" is not a valid label key'],
    ["metadata.labels['-a/name']", '"-a/name" is not a valid label key'],
    ["metadata.labels['Example.COM/name']", '"Example.COM/name" is not a valid label key'],
    ["metadata.annotations['a b']", '"a b" is not a valid annotation key'],
    [`metadata.labels['${'n'.repeat(64)}']`, `"${'n'.repeat(64)}" is not a valid label key`],
    [`metadata.labels['${subdomain253}d/n']`, /^"a{63}\..*\.\.\." is not a valid label key$/],
  ] as const) {
    test(`${JSON.stringify(text.slice(0, 60))}: ${problem}`, () => {
      const source = parseDownwardSource(text);
      assert.equal(source.kind, 'unknown-source');
      if (typeof problem === 'string') assert.equal(source.problem, problem);
      else assert.match(source.problem, problem);
    });
  }
});

describe('two divisors', () => {
  for (const [one, other, same] of [
    [undefined, undefined, true],
    [undefined, '0', true],
    [undefined, '1', true],
    [null, 1, true],
    ['0', '1', true],
    [0, '1', true],
    ['1Ki', '1024', true],
    ['1k', '1000', true],
    ['1m', '0.001', true],
    ['1k', '1Ki', false],
    ['1m', '1', false],
    [undefined, '1m', false],
    ['nonsense', 'nonsense', true],
    ['nonsense', '1', false],
  ] as const) {
    test(`${one} and ${other} ${same ? 'are equal' : 'differ'}`, () => {
      assert.equal(sameDivisor(one, other), same);
      assert.equal(sameDivisor(other, one), same);
    });
  }
});

describe('the short name', () => {
  for (const [text, expected] of [
    ["metadata.labels['app.kubernetes.io/name']", 'app.kubernetes.io/name'],
    ['status.hostIPs', 'hostIPs'],
    ['limits.memory/1Mi', 'memory limit'],
    ['requests.ephemeral-storage', 'ephemeral-storage request'],
    ['limits.hugepages-2Mi', 'hugepages-2Mi limit'],
  ] as const) {
    test(`of ${text} is "${expected}"`, () => {
      const source = parseDownwardSource(text);
      assert.ok(source.kind !== 'unknown-source');
      assert.equal(describeSource(source), expected);
    });
  }
});
