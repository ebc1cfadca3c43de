import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyFindings, foundAll } from '../../../src/diagnostics/findings.ts';
import { checkPolicy } from '../../../src/injection/ambassador/ambassador-policy.ts';
import type { AmbassadorPolicy, PodOrigin } from '../../../src/injection/patch/injection-part.ts';
import { inject } from '../../../src/manifest/inject-manifest.ts';
import { lint } from '../../../src/manifest/lint-manifests.ts';
import { manifestOptions } from '../../../src/manifest/manifest-options.ts';
import { defaultOptions } from '../../golden/default-options.ts';

const { policy: none, ...intent } = defaultOptions.ambassador;
const ofSettings = 'registry.example.com/kubectl:v1';

function errorsOf(requested: Partial<typeof intent>, policy: Partial<AmbassadorPolicy>, origin: PodOrigin) {
  const findings = emptyFindings();
  checkPolicy({ ...intent, ...requested }, { ...none, ...policy }, origin, findings);
  return findings.errors;
}

describe('an image', () => {
  const prefixes = ['mirror.example.com/', 'example.com/team/kubectl:', 'kubectl:', 'registry:5000/a@'];
  const digest = `sha256:${'0'.repeat(64)}`;
  for (const [image, isAllowed] of [
    [ofSettings, true],
    [`${ofSettings}.1`, false],
    ['mirror.example.com/kubectl', true],
    ['mirror.example.com/deep/kubectl:v1', true],
    ['mirror.example.com.evil.example/kubectl', false],
    ['mirror.example.com:5000/kubectl', false],
    ['example.com/team/kubectl:v2', true],
    [`example.com/team/kubectl:v2@${digest}`, true],
    ['example.com/team/kubectl', false],
    ['example.com/team/kubectl-evil:v1', false],
    ['kubectl:v1', true],
    ['kubectl:5000/any/image', false],
    [`registry:5000/a@${digest}`, true],
    ['registry:5000/a:v1', false],
    ['evil.example/mirror.example.com/kubectl', false],
  ] as const) {
    test(`${image} is ${isAllowed ? 'allowed' : 'not allowed'}`, () => {
      const errors = errorsOf({ image }, { images: { image: ofSettings, prefixes } }, { namespace: 'shop' });
      assert.deepEqual(
        errors.first.map(({ field, value }) => [field, value]),
        isAllowed ? [] : [['metadata.annotations[downlink.dev/ambassador-image]', image]],
      );
    });
  }
});

describe('a namespace', () => {
  const namespaces = ['shop', 'team-*'];
  for (const [origin, isAllowed] of [
    [{ namespace: 'shop' }, true],
    [{ namespace: 'shop-2' }, false],
    [{ namespace: 'team-a' }, true],
    [{ namespace: 'team-' }, true],
    [{ namespace: 'team' }, false],
    [{ namespace: 'my-team-a' }, false],
    [{ namespace: undefined }, true],
    [{ namespace: 'default', isNamespaceAssumed: true }, true],
    [{ namespace: 'default', isNamespaceAssumed: false }, false],
  ] as const) {
    test(`${JSON.stringify(origin)} is ${isAllowed ? 'allowed' : 'not allowed'}`, () => {
      assert.equal(errorsOf({}, { namespaces }, origin).total, isAllowed ? 0 : 1);
    });
  }

  test('can be any if the pattern is an asterisk', () => {
    assert.deepEqual(errorsOf({}, { namespaces: ['*'] }, { namespace: 'x' }).first, foundAll([]).first);
  });
});

test('each access preset that is not allowed is an error', () => {
  const errors = errorsOf(
    { access: ['own-namespace', 'no-secrets'] },
    { access: ['read-only'] },
    { namespace: 'shop' },
  );
  assert.deepEqual(
    errors.first.map(({ value, detail }) => [value, detail]),
    [
      ['own-namespace', 'this cluster allows "read-only"'],
      ['no-secrets', 'this cluster allows "read-only"'],
    ],
  );
});

describe('access presets that this cluster requires', () => {
  const requiredAccess = ['read-only', 'no-secrets'];
  for (const [access, right] of [
    [['read-only', 'no-secrets'], undefined],
    [['read-only', 'own-namespace', 'no-secrets'], undefined],
    [['read-only'], 'read-only, no-secrets'],
    [['own-namespace'], 'read-only, own-namespace, no-secrets'],
    [['full'], 'read-only, no-secrets'],
  ] as const) {
    test(`${access.join(', ')} ${right === undefined ? 'is enough' : `is an error that shows ${right}`}`, () => {
      const errors = errorsOf({ access }, { requiredAccess }, { namespace: 'shop' });
      const detail = `this cluster requires "read-only", "no-secrets"; write "${right}"`;
      assert.deepEqual(
        errors.first.map(({ field, value, detail }) => [field, value, detail]),
        right === undefined
          ? []
          : [['metadata.annotations[downlink.dev/ambassador-access]', access.join(', '), detail]],
      );
    });
  }
});

describe('in a manifest', () => {
  const pod = (metadata = '') => `apiVersion: v1
kind: Pod
metadata:
  name: a${metadata}
  annotations:
    downlink.dev/ambassador: "true"
spec:
  containers:
    - name: main
      image: busybox
`;
  function optionsOf(settings: object, namespace?: string) {
    const parsed = manifestOptions({}, namespace, { file: { name: 'config', content: settings } });
    assert.ok(parsed.kind === 'valid', JSON.stringify(parsed));
    return parsed.options;
  }
  const errorsIn = (manifest: string, namespace?: string) =>
    lint(
      [{ name: 'a', text: manifest }],
      optionsOf({ ambassadorNamespaces: 'shop', kubernetesVersion: '1.33' }, namespace),
    )
      .flatMap(({ findings }) => findings)
      .filter(({ severity }) => severity === 'error')
      .map(({ message }) => message);

  test('an unknown namespace is allowed, and one that is known is checked', () => {
    assert.deepEqual(errorsIn(pod()), []);
    assert.deepEqual(errorsIn(pod(), 'shop'), []);
    const expected =
      'metadata.annotations[downlink.dev/ambassador]: Forbidden: this cluster allows it only in the namespaces "shop", and not in "default"';
    assert.deepEqual(errorsIn(pod('\n  namespace: default')), [expected]);
    assert.deepEqual(errorsIn(pod(), 'default'), [expected]);
  });

  test('pull secrets hide those of the ServiceAccount if the pod has none', () => {
    const options = optionsOf({ ambassadorPullSecrets: ['registry'], kubernetesVersion: '1.33' });
    const codesOf = (manifest: string) => inject(manifest, options).findings.map(({ code, field }) => [code, field]);
    const hidden = ['pull-secrets-hidden', 'spec.imagePullSecrets'];
    assert.ok(codesOf(pod()).some((found) => found.join() === hidden.join()));
    const withOwn = `${pod()}  imagePullSecrets: [{ name: own }]\n`;
    assert.ok(!codesOf(withOwn).some(([code]) => code === 'pull-secrets-hidden'));
    assert.match(inject(withOwn, options).text ?? '', /imagePullSecrets: \[\{ name: own \}, \{ name: registry \}\]/);
  });
});
