import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  extendStatus,
  formatStatus,
  type InjectionStatus,
  type NamesByContainer,
  parseStatus,
} from '../../src/annotations/injection-status.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';

const none: InjectionStatus = {
  version: undefined,
  env: new Map(),
  mounts: new Map(),
  volumes: new Set(),
  containers: new Set(),
  imagePullSecrets: new Set<string>(),
  profiles: new Map<string, string>(),
};
const full: InjectionStatus = {
  version: '0.1.0',
  env: names({ main: ['POD_NAME'] }),
  mounts: names({ main: ['/etc/downward'] }),
  volumes: new Set(['downlink']),
  containers: new Set(['ambassador']),
  imagePullSecrets: new Set(['registry']),
  profiles: new Map([['web', '0a1b2c3d']]),
};

function parse(value: string | undefined) {
  const findings = emptyFindings();
  return { status: parseStatus(value, findings), kinds: findings.errors.first.map(({ kind }) => kind) };
}

describe('a status', () => {
  for (const [name, value, status] of [
    ['that is absent has no names', undefined, none],
    ['with only a version has no names', '{"version":"0.0.9"}', { ...none, version: '0.0.9' }],
    ['that is empty has no names', '{}', none],
    ['of a later version can have unknown fields', '{"version":"9.0.0","probes":[1]}', { ...none, version: '9.0.0' }],
    ['is parsed as it was formatted', formatStatus(full), full],
    [
      'can name a container like a member of Object.prototype',
      '{"version":"1","env":{"__proto__":["A"],"constructor":["B"]}}',
      {
        ...none,
        version: '1',
        env: new Map([
          ['__proto__', new Set(['A'])],
          ['constructor', new Set(['B'])],
        ]),
      },
    ],
  ] as const) {
    test(name, () => {
      assert.deepEqual(parse(value), { status, kinds: [] });
    });
  }

  for (const value of [
    '',
    'injected',
    'null',
    '[]',
    '"0.1.0"',
    '{"version":1}',
    '{"env":null}',
    '{"env":["POD_NAME"]}',
    '{"env":{"main":"POD_NAME"}}',
    '{"env":{"main":[1]}}',
    '{"mounts":[]}',
    '{"volumes":"downlink"}',
    '{"volumes":{}}',
    '{"containers":[null]}',
    '{"version":"0.1.0"',
    '['.repeat(100_000),
  ]) {
    test(`${JSON.stringify(value.slice(0, 40))} is invalid`, () => {
      assert.deepEqual(parse(value), { status: none, kinds: ['Invalid'] });
    });
  }

  test('omits parts without names', () => {
    assert.equal(formatStatus({ ...none, version: '0.1.0' }), '{"version":"0.1.0"}');
    assert.equal(formatStatus({ ...none, version: '1', volumes: new Set(['v']) }), '{"version":"1","volumes":["v"]}');
  });

  test('formats the name __proto__, which would be lost in an object', () => {
    const env = new Map([['__proto__', new Set(['A'])]]);
    assert.equal(formatStatus({ ...none, version: '1', env }), '{"version":"1","env":{"__proto__":["A"]}}');
  });
});

describe('a status is extended', () => {
  const later = { ...none, version: '0.2.0' };
  for (const [name, earlier, addition, expected] of [
    ['if it is empty', none, full, { ...full, profiles: none.profiles }],
    ['with the later version if nothing is added', full, later, { ...full, version: '0.2.0' }],
    ['without repetitions if they are equal', full, full, full],
    [
      'with the earlier names first',
      full,
      {
        version: '0.2.0',
        env: names({ main: ['POD_IP', 'POD_NAME'], mesh: ['POD_NAME'] }),
        mounts: names({ mesh: ['/etc/downward'] }),
        volumes: new Set(['downlink', 'downlink-token']),
        containers: new Set<string>(),
        imagePullSecrets: new Set(['mirror']),
      },
      {
        version: '0.2.0',
        env: names({ main: ['POD_NAME', 'POD_IP'], mesh: ['POD_NAME'] }),
        mounts: names({ main: ['/etc/downward'], mesh: ['/etc/downward'] }),
        volumes: new Set(['downlink', 'downlink-token']),
        containers: new Set(['ambassador']),
        imagePullSecrets: new Set(['registry', 'mirror']),
        profiles: full.profiles,
      },
    ],
  ] as const) {
    test(name, () => {
      const { version = '', ...names } = addition;
      const merged = extendStatus(earlier, version, [names]);
      assert.deepEqual(merged, expected);
      assert.equal(formatStatus(merged), formatStatus(expected), 'in this order');
    });
  }
});

function names(byContainer: Readonly<Record<string, readonly string[]>>): NamesByContainer {
  return new Map(Object.entries(byContainer).map(([container, list]) => [container, new Set(list)]));
}
