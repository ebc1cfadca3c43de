import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationNames } from '../../src/annotations/annotation-keys.ts';
import { parseStatus } from '../../src/annotations/injection-status.ts';
import { formatCause, formatFieldError } from '../../src/diagnostics/field-error.ts';
import { emptyFindings } from '../../src/diagnostics/findings.ts';
import { readOwnAnnotations } from '../../src/injection/own-annotations.ts';
import { parseAnnotations } from '../../src/injection/parse-annotations.ts';
import { kept } from '../annotations/kept.ts';
import { defaultOptions } from '../golden/default-options.ts';

/** Parses annotations that are named without the prefix. */
function parse(annotations: Readonly<Record<string, unknown>>) {
  const findings = emptyFindings();
  const prefixed = Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [`downlink.dev/${name}`, value]),
  );
  const values = readOwnAnnotations(prefixed, findings);
  const intents = parseAnnotations(values, defaultOptions.ambassador, findings);
  parseStatus(values.get('status'), findings);
  return { intents, ...kept(findings) };
}

test('annotations with other prefixes are ignored', () => {
  const findings = emptyFindings();
  const others = { 'downlink.devs/env': 'x', 'x.downlink.dev/env': 'x', 'downlink.dev': 'x', env: 'x', 'a/b': 1 };
  const intents = parseAnnotations(readOwnAnnotations(others, findings), defaultOptions.ambassador, findings);
  assert.deepEqual([intents.env, intents.volume, intents.ambassador], [undefined, undefined, undefined]);
  assert.deepEqual(kept(findings), { errors: [], warnings: [] });
});

describe('volume-path', () => {
  for (const [value, expected] of [
    [undefined, '/etc/downward'],
    ['/etc/podinfo', '/etc/podinfo'],
    ['/etc/podinfo/', '/etc/podinfo'],
    [' /etc/podinfo\n', '/etc/podinfo'],
    ['/a', '/a'],
    ['/größe mit Leerzeichen', '/größe mit Leerzeichen'],
    ['/...', '/...'],
  ] as const) {
    test(`${JSON.stringify(value)} is ${expected}`, () => {
      const { intents, errors } = parse({ volume: 'labels', ...(value !== undefined && { 'volume-path': value }) });
      assert.deepEqual(errors, []);
      assert.equal(intents.volume?.mountPath, expected);
    });
  }
  for (const value of [
    '',
    '/',
    '//',
    'etc',
    './etc',
    '/etc/../x',
    '/./x',
    '/a//b',
    '/a:b',
    '/a\nb',
    '/a\u0000',
    `/${'x'.repeat(4096)}`,
  ]) {
    test(`${JSON.stringify(value.slice(0, 20))} is invalid`, () => {
      const { errors } = parse({ volume: 'labels', 'volume-path': value });
      assert.deepEqual(
        errors.map(({ field, kind }) => [field, kind]),
        [['metadata.annotations[downlink.dev/volume-path]', 'Invalid']],
      );
      assert.match(errors[0]?.detail ?? '', /"\/etc\/podinfo"/);
    });
  }
});

describe('volume-mode', () => {
  for (const [value, expected] of [
    [undefined, 0o644],
    ['0444', 0o444],
    ['0000', 0],
    ['0777', 0o777],
    [' 0400\n', 0o400],
  ] as const) {
    test(`${JSON.stringify(value)} is ${expected.toString(8)}`, () => {
      const { intents, errors } = parse({ volume: 'labels', ...(value !== undefined && { 'volume-mode': value }) });
      assert.deepEqual(errors, []);
      assert.equal(intents.volume?.defaultMode, expected);
    });
  }
  for (const [value, right] of [
    ['644', '"0644"'],
    ['0888', '"0444"'],
    ['1777', '"0444"'],
    ['0o644', '"0644"'],
    ['o644', '"0644"'],
    ['440', '"0440"'],
    ['400', '"0400"'],
    ['420', '"0644"'],
    ['288', '"0440"'],
    ['493', '"0755"'],
    ['0o420', '"0420"'],
    ['rw-r--r--', '"0444"'],
    ['', '"0444"'],
    ['00644', '"0644"'],
    ['"0644"', '"0644"'],
    ['1000', '"0444"'],
  ] as const) {
    test(`${JSON.stringify(value)} is invalid, and the error suggests ${right}`, () => {
      const { errors } = parse({ volume: 'labels', 'volume-mode': value });
      assert.deepEqual(
        errors.map(({ kind }) => kind),
        ['Invalid'],
      );
      assert.ok(errors[0]?.detail.includes(right), errors[0]?.detail);
    });
  }
});

describe('containers without commas between them', () => {
  for (const value of ['main worker', 'main;worker', 'main; worker', 'main | worker']) {
    test(`${value} is an error that suggests "main, worker", which is also what is parsed`, () => {
      const { intents, errors } = parse({ env: 'pod', containers: value });
      assert.deepEqual(
        errors.map(({ detail }) => detail),
        ['items are separated by commas or newlines; write "main, worker"'],
      );
      assert.deepEqual(intents.containers, ['main', 'worker'], 'so that the plan reports nothing else');
    });
  }
});

describe('containers', () => {
  for (const [name, value, expected] of [
    ['are all without the annotation', undefined, undefined],
    ['are the named ones, each once', 'b, a\nb', ['b', 'a']],
    ['are all if none is named', ' , ', undefined],
    ['can have any name', '__proto__,constructor', ['__proto__', 'constructor']],
  ] as const) {
    test(name, () => {
      assert.deepEqual(
        parse({ env: 'pod', ...(value !== undefined && { containers: value }) }).intents.containers,
        expected,
      );
    });
  }
});

describe('ambassador', () => {
  for (const [value, asked, kinds] of [
    [undefined, false, []],
    ['true', true, []],
    ['false', false, []],
    ['True', false, ['NotSupported']],
    ['yes', false, ['NotSupported']],
    ['', false, ['NotSupported']],
  ] as const) {
    test(`${JSON.stringify(value)} ${asked ? 'requests one' : 'requests none'}, with ${kinds.length} errors`, () => {
      const { intents, errors } = parse(value === undefined ? {} : { ambassador: value });
      assert.equal(intents.ambassador !== undefined, asked);
      assert.deepEqual(
        errors.map(({ kind }) => kind),
        kinds,
      );
    });
  }
});

describe('an unknown key', () => {
  for (const [name, right, value] of [
    ['ambasador', 'downlink.dev/ambassador?', 'true'],
    ['Env', 'downlink.dev/env?', 'pod'],
    ['evn', 'downlink.dev/env?', 'pod'],
    ['volume-paht', 'downlink.dev/volume-path?', '/x'],
    ['volumePath', 'downlink.dev/volume-path?', '/x'],
    ['volume_path', 'downlink.dev/volume-path?', '/x'],
    ['path', 'downlink.dev/volume-path?', '/x'],
    ['port', 'downlink.dev/ambassador-port?', '8090'],
    ['container', 'downlink.dev/containers?', 'main'],
    ['sidecar', 'downlink.dev/ambassador?', 'true'],
    ['sidecar', 'downlink.dev/ambassador-sidecar?', 'native'],
    ['injects', 'downlink.dev/inject?', 'false'],
    ['injects', 'supported annotations: env', 'true'],
    ['stats', 'supported annotations: env', '{}'],
    ['', 'supported annotations: env', 'x'],
    ['replicas', 'supported annotations: env', '2'],
    ['__proto__', 'supported annotations: env', 'x'],
    ['constructor', 'supported annotations: env', 'x'],
    ['toString', 'supported annotations: env', 'x'],
  ] as const) {
    test(`${JSON.stringify(name)}: ${value} is denied, and the error says ${right}`, () => {
      const annotations = JSON.parse(`{${JSON.stringify(`downlink.dev/${name}`)}: ${JSON.stringify(value)}}`);
      const findings = emptyFindings();
      parseAnnotations(readOwnAnnotations(annotations, findings), defaultOptions.ambassador, findings);
      const [error, ...more] = findings.errors.first;
      assert.equal(error?.field, `metadata.annotations[downlink.dev/${name}]`);
      assert.equal(error.kind, 'Forbidden');
      assert.ok(error.detail.includes(right), error.detail);
      assert.doesNotMatch(error.detail, /status/, 'users do not write it');
      assert.deepEqual(more, []);
    });
  }

  test('is reported together with the errors of its value under the right key', () => {
    assert.deepEqual(parse({ evn: 'POD=metadata.nam' }).errors.map(formatFieldError), [
      'metadata.annotations[downlink.dev/evn]: Forbidden: unknown annotation; did you mean downlink.dev/env?',
      'metadata.annotations[downlink.dev/evn]: Invalid value: "POD=metadata.nam": unknown field; did you mean "POD=metadata.name"?',
    ]);
  });
});

describe('an annotation that is not a string', () => {
  for (const [name, value, right] of [
    ['ambassador', true, 'the boolean true; write "true"'],
    ['inject', false, 'the boolean false; write "false"'],
    ['inject', true, 'the boolean true; annotated pods are injected without it, so remove it'],
    ['inject', 1, 'the number 1; annotated pods are injected without it, so remove it'],
    ['env', true, 'the boolean true; write "true"'],
    ['env', false, 'the boolean false; for example "pod, '],
    ['ambassador-port', 8001, 'the number 8001; write "8001"'],
    ['ambassador-port', 80, 'the number 80; for example "8090"'],
    ['ambassador-cpu', 0.5, 'the number 0.5; write "0.5"'],
    ['ambassador-memory', 1e3, 'the number 1000; write "1000"'],
    ['ambassador-memory', Number.POSITIVE_INFINITY, 'the number Infinity; for example "128Mi"'],
    ['volume-mode', 0o644, 'the number 420; write "0644"'],
    ['volume-mode', 0o440, 'the number 288; write "0440"'],
    ['volume-mode', 0o400, 'the number 256; write "0400"'],
    ['volume-mode', 0o777, 'the number 511; write "0777"'],
    ['volume-mode', 644, 'the number 644; write "0644"'],
    ['volume-mode', 440, 'the number 440; write "0440"'],
    ['volume-mode', 400, 'the number 400; write "0400"'],
    ['volume-mode', 1e6, 'the number 1000000; for example "0444"'],
    ['env', null, 'is empty; for example "pod, '],
    ['env', ['pod', 'NODE=spec.nodeName'], 'is a list; write "pod, NODE=spec.nodeName"'],
    ['env', [{ POD: 'metadata.name' }, { NODE: 'spec.nodeName' }], 'write "POD=metadata.name, NODE=spec.nodeName"'],
    ['env', { POD: 'metadata.name' }, 'is a map; write "POD=metadata.name"'],
    ['env', { POD: { fieldRef: 'x' } }, 'is a map; for example "pod, '],
    ['env', [], 'is a list; for example "pod, '],
    ['volume', { labels: true }, 'is a map; for example "labels, '],
    ['containers', ['main', 'worker'], 'is a list; write "main, worker"'],
    ['ambassador-access', ['read-only', 'no-secrets'], 'write "read-only, no-secrets"'],
    ['ambassador', { toString: '' }, 'is a map; for example "true"'],
  ] as const) {
    test(`${name}: ${JSON.stringify(value)} is denied, and the error says ${right}`, () => {
      const { errors } = parse({ [name]: value });
      assert.deepEqual(
        errors.map(({ field, kind }) => [field, kind]),
        [[`metadata.annotations[downlink.dev/${name}]`, 'Invalid']],
      );
      assert.ok(errors[0] && formatCause(errors[0]).includes(right), errors[0]?.detail);
      assert.match(errors[0].detail, /, with the quotes$|, so remove it$/);
    });
  }
});

test('inject accepts only "false"', () => {
  assert.deepEqual(
    parse({ inject: 'true' }).errors.map(({ kind }) => kind),
    ['NotSupported'],
  );
  assert.deepEqual(
    parse({ inject: 'False' }).errors.map(({ kind }) => kind),
    ['NotSupported'],
  );
});

test('an empty list gives a warning and requests nothing', () => {
  const { intents, errors, warnings } = parse({ env: '', volume: ' ,', containers: '\n' });
  assert.deepEqual(errors, []);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['empty-list', 'empty-list', 'empty-list'],
  );
  assert.deepEqual([intents.env, intents.volume?.files], [[], []]);
});

describe('an option', () => {
  const options = annotationNames.filter((name) => /^(ambassador|volume)-|^containers$/.test(name));
  const value = {
    containers: 'main',
    'volume-path': '/x',
    'volume-mode': '0444',
    'ambassador-port': '8090',
    'ambassador-access': 'full',
    'ambassador-image': 'x',
    'ambassador-cpu': '1',
    'ambassador-memory': '1Gi',
    'ambassador-sidecar': 'auto',
    'ambassador-kubeconfig': 'true',
  } as Readonly<Record<string, string>>;
  const main = (option: string) => (option === 'containers' ? ['env', 'volume'] : [option.replace(/-.*/, '')]);
  for (const option of options) {
    test(`${option} without its annotation gives a warning`, () => {
      const { errors, warnings } = parse({ [option]: value[option] });
      assert.deepEqual(errors, []);
      assert.deepEqual(
        warnings.map(({ code, field }) => [code, field]),
        [['option-without-effect', `metadata.annotations[downlink.dev/${option}]`]],
      );
      for (const name of main(option)) assert.ok(warnings[0]?.detail.includes(`downlink.dev/${name}`));
    });

    for (const name of main(option)) {
      test(`${option} with ${name} gives no warning`, () => {
        const { errors, warnings } = parse({ [option]: value[option], [name]: name === 'ambassador' ? 'true' : 'pod' });
        assert.deepEqual([errors, warnings], [[], []]);
      });
    }
  }
});

test('all errors are reported at once', () => {
  const { errors } = parse({
    env: 'a, b',
    volume: 'c',
    'volume-mode': 'd',
    ambassador: 'e',
    'ambassador-port': 'f',
    status: 'g',
    other: 'h',
  });
  assert.equal(errors.length, 8);
});

test('the order of the annotations does not change the findings', () => {
  const annotations = { zeta: 'x', env: 1, alpha: 'x', volume: 2 };
  const reversed = Object.fromEntries(Object.entries(annotations).reverse());
  assert.deepEqual(parse(reversed).errors, parse(annotations).errors);
});
