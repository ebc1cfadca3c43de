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
    test(`${text.slice(0, 60)} is right, offered ${offered === 'both' ? 'both ways' : `as ${offered} only`}`, () => {
      const source = parseDownwardSource(text, 'env');
      assert.ok('kind' in source, JSON.stringify(source));
      assert.equal(formatDownwardSource(source), text, 'it must come back as it was written');
      assert.equal(availability(source), offered);
    });
  }

  for (const divisor of ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']) {
    test(`of bytes takes the divisor ${divisor}`, () => {
      assert.deepEqual(parseDownwardSource(`limits.memory/${divisor}`, 'env'), {
        kind: 'resource',
        resource: 'limits.memory',
        divisor,
      });
    });
  }
});

describe('a source that is wrong', () => {
  for (const [text, right] of [
    ['metadata.nam', 'metadata.name'],
    ['metadata.Name', 'metadata.name'],
    ['metadata.nmae', 'metadata.name'],
    ['name', 'metadata.name'],
    ['uid', 'metadata.uid'],
    ['podIP', 'status.podIP'],
    ['status.podip', 'status.podIP'],
    ['spec.podIP', 'status.podIP'],
    ['pod.nodename', 'spec.nodeName'],
    ['spec.serviceAccount', 'spec.serviceAccountName'],
    ['metadata.label', 'metadata.labels'],
    ["metadata.label['app']", "metadata.labels['app']"],
    ['metadata.labels[app]', "metadata.labels['app']"],
    ['metadata.labels["app"]', "metadata.labels['app']"],
    ['metadata.labels.app.kubernetes.io/name', "metadata.labels['app.kubernetes.io/name']"],
    ['metadata.annotation.build', "metadata.annotations['build']"],
    ['limit.cpu', 'limits.cpu'],
    ['request.memory', 'requests.memory'],
    ['limits.memroy', 'limits.memory'],
    ['limits.CPU/1m', 'limits.cpu/1m'],
    ['limits.cpu/1M', 'limits.cpu/1m'],
    ['limits.memory/1mi', 'limits.memory/1Mi'],
    ['limits.memory/1MiB', 'limits.memory/1Mi'],
    ['limits.memory/1KB', 'limits.memory/1k'],
    ['status.phase', undefined],
    ['limits.cpu/2', undefined],
    ['limits.cpu/', undefined],
    ['limits.cpu/1m/1m', undefined],
    ['limits.memory/1m', 'limits.memory/1M'],
    ['limits.', undefined],
    ['limits.nvidia.com/gpu', undefined],
    ['limits.hugepages-2MB', undefined],
    ['limits.hugepages-', undefined],
    ['limits.hugepages-02Mi', undefined],
    ["metadata.labels['']", undefined],
    ["metadata.labels['a b']", undefined],
    ["metadata.labels['a/b/c']", undefined],
    ["metadata.labels['/name']", undefined],
    ["metadata.labels['a..b/name']", undefined],
    ["metadata.labels['-a/name']", undefined],
    ["metadata.labels['Example.COM/name']", undefined],
    [`metadata.labels['${'n'.repeat(64)}']`, undefined],
    [`metadata.labels['${subdomain253}d/n']`, undefined],
    ["metadata.labels['a']['b']", undefined],
    ["metadata.labels['a']x", undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ] as const) {
    test(`${JSON.stringify(text.slice(0, 60))} ${right === undefined ? 'shows what is known' : `suggests ${right}`}`, () => {
      const source = parseDownwardSource(text, 'env');
      assert.ok('problem' in source, JSON.stringify(source));
      if (right === undefined)
        assert.ok('known' in source.right && source.right.known.length > 0, JSON.stringify(source));
      else assert.deepEqual(source.right, { suggestion: right });
    });
  }

  test('shows the fields that the annotation takes', () => {
    const shown = (offeredAs: 'env' | 'volume') => {
      const source = parseDownwardSource('status.phase', offeredAs);
      return 'problem' in source && 'known' in source.right ? source.right.known : '';
    };
    assert.match(shown('env'), /spec\.nodeName/);
    assert.doesNotMatch(shown('env'), /metadata\.labels,/);
    assert.match(shown('volume'), /metadata\.labels,/);
    assert.doesNotMatch(shown('volume'), /spec\.nodeName/);
  });

  test('suggests only what is right itself', () => {
    for (const text of ['podIP', 'limit.cpu', 'limits.memory/1mi', 'metadata.labels[app]', 'limits.memroy/1Mi']) {
      const source = parseDownwardSource(text, 'env');
      assert.ok('problem' in source && 'suggestion' in source.right);
      assert.ok('kind' in parseDownwardSource(source.right.suggestion, 'env'), source.right.suggestion);
    }
  });
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
    test(`${one} and ${other} ${same ? 'mean the same' : 'differ'}`, () => {
      assert.equal(sameDivisor(one, other), same);
      assert.equal(sameDivisor(other, one), same);
    });
  }
});

describe('a short name', () => {
  for (const [text, expected] of [
    ["metadata.labels['app.kubernetes.io/name']", 'app.kubernetes.io/name'],
    ['status.hostIPs', 'hostIPs'],
    ['limits.memory/1Mi', 'memory limit'],
    ['requests.ephemeral-storage', 'ephemeral-storage request'],
    ['limits.hugepages-2Mi', 'hugepages-2Mi limit'],
  ] as const) {
    test(`of ${text} is "${expected}"`, () => {
      const source = parseDownwardSource(text, 'env');
      assert.ok('kind' in source);
      assert.equal(describeSource(source), expected);
    });
  }
});
