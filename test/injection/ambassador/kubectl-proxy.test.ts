import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { AccessPreset } from '../../../src/injection/ambassador/ambassador-options.ts';
import { accessOf, portOf, proxyArgs, proxyProbe } from '../../../src/injection/ambassador/kubectl-proxy.ts';
import { accessClaims, elsewhere } from '../access-claims.ts';

/** All sets of presets that an annotation can have. */
const combinations: readonly (readonly AccessPreset[])[] = [
  ...['read-only', 'own-namespace', 'no-secrets', 'full'].map((preset) => [preset as AccessPreset]),
  ['read-only', 'own-namespace'],
  ['read-only', 'no-secrets'],
  ['own-namespace', 'no-secrets'],
  ['read-only', 'own-namespace', 'no-secrets'],
];

/**
 * Whether the filter of kubectl allows a request: its method is not rejected, and its path is accepted and not rejected.
 * Lists are split at commas, expressions are not anchored, and an absent flag has the default of kubectl.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/proxy/proxy_server.go, FilterServer.accept
 */
function accepts(access: readonly AccessPreset[], method: string, sent: string): boolean {
  const decoded = decodeURIComponent(sent.replace(/\?.*/, ''));
  const path = decoded === '/' ? '' : decoded; // kubectl removes its --api-prefix, "/", first
  const flags = new Map(
    proxyArgs(8001, access, 'shop').map((arg): [string, string] => {
      const equals = arg.indexOf('=');
      return [arg.slice(0, equals), arg.slice(equals + 1)];
    }),
  );
  const matches = (flag: string, fallback: string, text: string) =>
    (flags.get(flag) ?? fallback).split(',').some((expression) => new RegExp(expression).test(text));
  if (matches('--reject-methods', '^$', method)) return false;
  if (matches('--reject-paths', '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach', path)) return false;
  return matches('--accept-paths', '^.*', path);
}

describe('the proxy', () => {
  for (const { refuses, access, refused, passed } of accessClaims) {
    for (const presets of access) {
      test(`with ${presets.join()} rejects ${refuses}`, () => {
        for (const [method, path] of refused) assert.equal(accepts(presets, method, path), false, `${method} ${path}`);
        for (const [method, path] of passed) assert.equal(accepts(presets, method, path), true, `${method} ${path}`);
      });
    }
  }

  test('rejects nothing because of the name of a pod, a resource, or a namespace', () => {
    for (const access of ['read-only', 'no-secrets'] as const) {
      for (const [method, path] of elsewhere) assert.equal(accepts([access], method, path), true, `${method} ${path}`);
    }
  });

  const requests = [...accessClaims.flatMap(({ refused, passed }) => [...refused, ...passed]), ...elsewhere];
  for (const presets of combinations.filter((one) => one.length > 1)) {
    test(`with ${presets.join()} allows what each of them allows`, () => {
      for (const [method, path] of requests) {
        const expected = presets.every((preset) => accepts([preset], method, path));
        assert.equal(accepts(presets, method, path), expected, `${method} ${path}`);
      }
    });
  }

  test('without arguments has the defaults of kubectl', () => {
    assert.equal(portOf(['proxy']), 8001);
    assert.deepEqual(accessOf(['proxy']), ['full']);
  });

  for (const access of combinations) {
    test(`with ${access.join()} has arguments from which the presets can be read`, () => {
      assert.deepEqual(new Set(accessOf(proxyArgs(8090, access, 'shop'))), new Set(access));
      assert.equal(portOf(proxyArgs(8090, access, 'shop')), 8090);
    });

    test(`with ${access.join()} listens on the loopback interface only, keeps its filter, and takes no token from the command line`, () => {
      const args = proxyArgs(8090, access, 'shop');
      assert.deepEqual(args.slice(0, 3), ['proxy', '--address=127.0.0.1', '--port=8090']);
      assert.deepEqual(
        args.filter((arg) => /^--(disable-filter|token|accept-hosts|kubeconfig|unix-socket)/.test(arg)),
        [],
      );
      for (const expression of args.slice(3).flatMap((arg) => arg.slice(arg.indexOf('=') + 1).split(','))) {
        assert.match(expression, /^(?:\^|\/\/$)/, 'anchored, and whole after the split on commas');
        assert.doesNotThrow(() => new RegExp(expression));
      }
    });
  }
});

test('the probe sends a request to the proxy', () => {
  assert.deepEqual(proxyProbe(8090), ['kubectl', '--server=http://127.0.0.1:8090', 'get', '--raw', '/version']);
});

test('docs/ambassador.md lists what each preset rejects, and nothing else', async () => {
  const page = await readFile(new URL('../../../docs/ambassador.md', import.meta.url), 'utf8');
  const [, table = ''] = /\| Preset \| Rejects \|\n\|---\|---\|\n((?:\|.*\n)*)/.exec(page) ?? [];
  const rows = [...Map.groupBy(accessClaims, ({ row }) => row)].map(
    ([row, claims]) => `| ${row} | ${claims.map(({ refuses }) => refuses).join('; ')} |\n`,
  );
  assert.equal(table.replace(' (default)', ''), rows.join(''));
});
