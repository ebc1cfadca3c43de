import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyFindings } from '../../../src/diagnostics/findings.ts';
import {
  type AmbassadorIntent,
  ambassadorOptions,
  parseAmbassadorOptions,
} from '../../../src/injection/ambassador/ambassador-options.ts';
import { kept } from '../../annotations/kept.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const all = ['read-only', 'own-namespace', 'no-secrets'];

describe('an option accepts', () => {
  for (const [option, text, expected] of [
    ['port', '1024', 1024],
    ['port', '8001', 8001],
    ['port', '08001', 8001],
    ['port', '65535', 65535],
    ['access', 'read-only', ['read-only']],
    ['access', 'own-namespace', ['own-namespace']],
    ['access', 'full', ['full']],
    ['access', 'no-secrets, own-namespace\nread-only', all],
    ['access', 'read-only,,read-only', ['read-only']],
    ['image', 'kubectl', 'kubectl'],
    ['image', 'kubectl:v1.36.2', 'kubectl:v1.36.2'],
    ['image', 'registry.k8s.io/kubectl:v1.36.2', 'registry.k8s.io/kubectl:v1.36.2'],
    ['image', 'localhost/kubectl', 'localhost/kubectl'],
    ['image', 'localhost:5000/a/b/kubectl:latest', 'localhost:5000/a/b/kubectl:latest'],
    ['image', 'Registry.Example.com/kubectl', 'Registry.Example.com/kubectl'],
    ['image', '[2001:db8::1]:5000/kubectl:v1', '[2001:db8::1]:5000/kubectl:v1'],
    ['image', `registry.k8s.io/kubectl@${digest}`, `registry.k8s.io/kubectl@${digest}`],
    ['image', `kubectl:v1@${digest}`, `kubectl:v1@${digest}`],
    ['image', 'a/b__c/d--e/f.g', 'a/b__c/d--e/f.g'],
    ['cpu', '50m', '50m'],
    ['cpu', '0.5', '0.5'],
    ['memory', '128Mi', '128Mi'],
    ['memory', '1e8', '1e8'],
    ['sidecar', 'auto', 'auto'],
    ['sidecar', 'native', 'native'],
    ['sidecar', 'container', 'container'],
  ] as const) {
    test(`${option}: ${JSON.stringify(text.slice(0, 50))}`, () => {
      assert.deepEqual(ambassadorOptions[option](text), { kind: 'valid', value: expected });
    });
  }
});

describe('an option rejects', () => {
  for (const [option, text, kind, right] of [
    ['port', '', 'Invalid', '"8001"'],
    ['port', '0', 'Invalid', '"8001"'],
    ['port', '1023', 'Invalid', '1024 to 65535'],
    ['port', '65536', 'Invalid', '1024 to 65535'],
    ['port', '-8001', 'Invalid', '"8001"'],
    ['port', '8001.0', 'Invalid', '"8001"'],
    ['port', '8e3', 'Invalid', '"8001"'],
    ['port', '0x1f41', 'Invalid', '"8001"'],
    ['port', '８００１', 'Invalid', '"8001"'],
    ['access', '', 'Invalid', '"read-only"'],
    ['access', 'readonly', 'NotSupported', 'did you mean "read-only"?'],
    ['access', 'read-only admin', 'NotSupported', '"no-secrets"'],
    ['access', 'readonly, no-secret', 'NotSupported', 'did you mean "read-only, no-secrets"?'],
    ['access', 'read-only no-secrets', 'NotSupported', 'did you mean "read-only, no-secrets"?'],
    ['access', 'read-only;own-namespace', 'NotSupported', 'did you mean "read-only, own-namespace"?'],
    ['access', '"full"', 'NotSupported', 'did you mean "full"?'],
    ['access', 'full, read-only', 'Invalid', '"full" or "read-only"'],
    ['access', 'read-only, full, no-secrets', 'Invalid', '"full" or "read-only, no-secrets"'],
    ['access', 'constructor', 'NotSupported', '"full"'],
    ['image', '', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'kubectl latest', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'Kubectl', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'example.com/Kubectl', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'https://registry.k8s.io/kubectl', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'kubectl:', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'kubectl:v1:v2', 'Invalid', 'kubectl:v1.36.2'],
    ['image', `kubectl:${'v'.repeat(129)}`, 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'kubectl@sha256:abc', 'Invalid', 'kubectl:v1.36.2'],
    ['image', `kubectl@${digest}@${digest}`, 'Invalid', 'kubectl:v1.36.2'],
    ['image', '/kubectl', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'a//kubectl', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'a/', 'Invalid', 'kubectl:v1.36.2'],
    ['image', 'kubectl\n', 'Invalid', 'kubectl:v1.36.2'],
    ['image', `${'a/'.repeat(300)}kubectl`, 'Invalid', 'kubectl:v1.36.2'],
    ['cpu', '', 'Invalid', '"50m"'],
    ['cpu', '0', 'Invalid', '"50m"'],
    ['cpu', '-50m', 'Invalid', '"50m"'],
    ['cpu', '50 m', 'Invalid', '"50m"'],
    ['cpu', '100mi', 'Invalid', '"50m"'],
    ['memory', '0Mi', 'Invalid', '"128Mi"'],
    ['memory', '128MB', 'Invalid', '"128Mi"'],
    ['memory', 'lots', 'Invalid', '"128Mi"'],
    ['sidecar', '', 'NotSupported', '"auto", "native", "container"'],
    ['sidecar', `${'"'.repeat(200_000)}x`, 'NotSupported', '"auto"'], // quadratic work would take minutes
    ['sidecar', 'Native', 'NotSupported', 'did you mean "native"?'],
  ] as const) {
    test(`${option}: ${JSON.stringify(text.slice(0, 50))}`, () => {
      const parsed = ambassadorOptions[option](text);
      assert.ok(parsed.kind === 'invalid', JSON.stringify(parsed));
      assert.equal(parsed.error.kind, kind);
      assert.ok(parsed.error.detail.includes(right), parsed.error.detail);
    });
  }
});

describe('the ambassador annotations', () => {
  const defaults: AmbassadorIntent = {
    port: 8001,
    access: ['read-only'],
    image: 'kubectl:default',
    cpu: undefined,
    memory: '96Mi',
    sidecar: 'auto',
    kubeconfig: false,
  };
  const parse = (annotations: Readonly<Record<string, string>>) => {
    const findings = emptyFindings();
    return { options: parseAmbassadorOptions((name) => annotations[name], defaults, findings), ...kept(findings) };
  };

  test('leave the defaults if there are none', () => {
    assert.deepEqual(parse({}), { options: defaults, errors: [], warnings: [] });
  });

  test('replace the defaults, with spaces around them ignored', () => {
    const { options, errors } = parse({
      'ambassador-port': ' 8090\n',
      'ambassador-access': ' full ',
      'ambassador-image': ' kubectl:own ',
      'ambassador-cpu': ' 1 ',
      'ambassador-memory': ' 1Gi ',
      'ambassador-sidecar': ' native ',
      'ambassador-kubeconfig': ' true ',
    });
    assert.deepEqual(errors, []);
    assert.deepEqual(options, {
      port: 8090,
      access: ['full'],
      image: 'kubectl:own',
      cpu: '1',
      memory: '1Gi',
      sidecar: 'native',
      kubeconfig: true,
    });
  });

  test('give an error each and leave their default', () => {
    const { options, errors } = parse({ 'ambassador-port': '80', 'ambassador-cpu': '1', 'ambassador-memory': 'x' });
    assert.deepEqual(options, { ...defaults, cpu: '1' });
    assert.deepEqual(
      errors.map(({ field, value }) => [field, value]),
      [
        ['metadata.annotations[downlink.dev/ambassador-port]', '80'],
        ['metadata.annotations[downlink.dev/ambassador-memory]', 'x'],
      ],
    );
  });
});
