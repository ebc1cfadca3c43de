import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AccessPreset, accessPresets } from '../../src/annotations/ambassador-options.ts';
import { accessOf, portOf, proxyArgs, proxyProbe } from '../../src/injection/kubectl-proxy.ts';

/**
 * Whether kubectl's filter lets a request through, by the flags: method not rejected, path accepted and not rejected.
 * Lists are split on commas, expressions are searched for anywhere; a flag that is absent has kubectl's default.
 * Source: kubernetes/kubernetes staging/src/k8s.io/kubectl/pkg/proxy/proxy_server.go, FilterServer.accept
 */
function accepts(access: readonly AccessPreset[], method: string, path: string): boolean {
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

const pods = '/api/v1/namespaces/shop/pods';

describe('the proxy', () => {
  for (const [access, allowed, method, path] of [
    ['read-only', true, 'GET', '/'],
    ['read-only', true, 'GET', '/version'],
    ['read-only', true, 'GET', pods],
    ['read-only', true, 'HEAD', pods],
    ['read-only', true, 'GET', '/api/v1/namespaces/other/pods'],
    ['read-only', true, 'GET', '/api/v1/nodes'],
    ['read-only', true, 'GET', '/api/v1/namespaces/shop/secrets'],
    ['read-only', true, 'GET', '/metrics'],
    ['read-only', false, 'POST', pods],
    ['read-only', false, 'PUT', `${pods}/a`],
    ['read-only', false, 'PATCH', `${pods}/a`],
    ['read-only', false, 'DELETE', `${pods}/a`],
    ['read-only', false, 'GET', `${pods}/a/exec`],
    ['read-only', false, 'GET', `${pods}/a/exec/`],
    ['read-only', false, 'GET', `${pods}/a/attach`],
    ['read-only', false, 'GET', `${pods}/a/portforward`],
    ['read-only', false, 'GET', `${pods}/a/proxy/metrics`],
    ['read-only', false, 'GET', '/api/v1/namespaces/shop/services/web/proxy'],
    ['read-only', false, 'GET', '/api/v1/namespaces/shop/services/https:web:443/proxy/x'],
    ['read-only', false, 'GET', '/api/v1/nodes/n1/proxy/logs'],
    ['read-only', false, 'GET', '/api/v1/namespaces//pods/a/exec'],
    ['read-only', true, 'GET', `${pods}/proxy`],
    ['read-only', true, 'GET', `${pods}/exec`],
    ['read-only', true, 'GET', `${pods}/proxy/log`],
    ['read-only', true, 'GET', '/api/v1/namespaces/shop/services/proxy'],
    ['read-only', true, 'GET', '/api/v1/nodes/proxy'],

    ['no-secrets', true, 'POST', pods],
    ['no-secrets', false, 'GET', '/api/v1/secrets'],
    ['no-secrets', false, 'GET', '/api/v1/namespaces/shop/secrets'],
    ['no-secrets', false, 'GET', '/api/v1/namespaces/shop/secrets/a'],
    ['no-secrets', false, 'GET', '/api/v1/watch/secrets'],
    ['no-secrets', false, 'GET', '/api/v1/watch/namespaces/shop/secrets/a'],
    ['no-secrets', false, 'DELETE', '/api/v1/namespaces/shop/secrets'],
    ['no-secrets', false, 'GET', `${pods}/a/exec`],
    // as a client's %2F arrives: an API server takes the empty element for all namespaces
    ['no-secrets', false, 'GET', '/api/v1/namespaces//secrets'],
    ['no-secrets', false, 'GET', '/api/v1/watch/namespaces//secrets'],
    ['no-secrets', false, 'POST', '/api/v1/namespaces/shop/serviceaccounts/default/token'],
    ['no-secrets', true, 'GET', '/api/v1/namespaces/shop/serviceaccounts/token'],
    ['no-secrets', true, 'GET', `${pods}/secrets`],
    ['no-secrets', true, 'GET', '/api/v1/namespaces/secrets'],
    ['no-secrets', true, 'GET', '/apis/example.com/v1/namespaces/shop/secretsanta'],

    ['own-namespace', true, 'GET', '/'],
    ['own-namespace', true, 'GET', '/version'],
    ['own-namespace', true, 'GET', '/api'],
    ['own-namespace', true, 'GET', '/apis'],
    ['own-namespace', true, 'GET', '/api/v1'],
    ['own-namespace', true, 'GET', '/api/v1/'],
    ['own-namespace', true, 'GET', '/apis/apps'],
    ['own-namespace', true, 'GET', '/apis/apps/v1'],
    ['own-namespace', true, 'GET', '/openapi/v2'],
    ['own-namespace', true, 'GET', '/openapi/v3/apis/apps/v1'],
    ['own-namespace', true, 'GET', pods],
    ['own-namespace', true, 'POST', pods],
    ['own-namespace', true, 'GET', '/api/v1/namespaces/shop'],
    ['own-namespace', true, 'GET', '/apis/apps/v1/namespaces/shop/deployments/web'],
    ['own-namespace', false, 'GET', '/api/v1/namespaces/shop2/pods'],
    ['own-namespace', false, 'GET', '/api/v1/namespaces/other/pods'],
    ['own-namespace', false, 'GET', '/api/v1/namespaces'],
    ['own-namespace', false, 'GET', '/api/v1/pods'],
    ['own-namespace', false, 'GET', '/api/v1/nodes'],
    ['own-namespace', false, 'GET', '/apis/apps/v1/deployments'],
    ['own-namespace', false, 'GET', '/apis/apps/v1/namespaces/other/deployments'],
    ['own-namespace', false, 'GET', '/metrics'],
    ['own-namespace', false, 'GET', '/logs/kube-apiserver.log'],
    ['own-namespace', false, 'GET', `${pods}/a/exec`],
    ['own-namespace', true, 'GET', '/api/v1/namespaces/shop/secrets/a'],

    ['read-only,own-namespace,no-secrets', true, 'GET', pods],
    ['read-only,own-namespace,no-secrets', false, 'POST', pods],
    ['read-only,own-namespace,no-secrets', false, 'GET', '/api/v1/nodes'],
    ['read-only,own-namespace,no-secrets', false, 'GET', '/api/v1/namespaces/shop/secrets'],

    ['full', true, 'DELETE', '/api/v1/namespaces/other/secrets/a'],
    ['full', true, 'GET', `${pods}/a/portforward`],
    ['full', false, 'GET', `${pods}/a/exec`],
  ] as const) {
    test(`with ${access} ${allowed ? 'lets through' : 'rejects'} ${method} ${path}`, () => {
      assert.equal(accepts(access.split(',') as AccessPreset[], method, path), allowed);
    });
  }

  test('without arguments of ours is as kubectl has it', () => {
    assert.equal(portOf(['proxy']), 8001);
    assert.deepEqual(accessOf(['proxy']), ['full']);
  });

  const combinations = accessPresets.flatMap((one) => accessPresets.map((other) => [...new Set([one, other])]));
  for (const access of combinations.filter((presets) => !presets.includes('full') || presets.length === 1)) {
    test(`with ${access.join()} has arguments that tell it`, () => {
      assert.deepEqual(new Set(accessOf(proxyArgs(8090, access, 'shop'))), new Set(access));
      assert.equal(portOf(proxyArgs(8090, access, 'shop')), 8090);
    });

    test(`with ${access.join()} listens on loopback alone, keeps its filter and takes no token from the command line`, () => {
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

test('the probe asks the proxy itself', () => {
  assert.deepEqual(proxyProbe(8090), ['kubectl', '--server=http://127.0.0.1:8090', 'get', '--raw', '/version']);
});
