import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '../src');

/** Files and folders of src/: each may import what stands in its own line and above it, and nothing else. */
const layers = [
  ['text.ts', 'version.ts', 'json-value.ts', 'api-client.ts'],
  ['field-error.ts'],
  ['findings.ts'],
  ['kubernetes'],
  ['annotations', 'json-patch.ts'],
  ['eligibility.ts', 'settings.ts'],
  ['injection', 'unknown-settings.ts'],
  ['config.ts'],
  ['certificates'],
  ['admission', 'manifest', 'scan'],
  ['index.ts', 'server', 'cluster'],
  ['completion', 'commands'],
  ['main.ts'],
];
/** Where there is no input and output, no clock and no logger: values in, values out. */
const pure = ['kubernetes', 'annotations', 'injection', 'admission', 'manifest', 'scan'];
const pureModules = ['yaml', 'fast-json-patch', 'fastest-levenshtein', 'node:util', 'node:crypto'];
/** Libraries that one file alone may know. */
const only: Readonly<Record<string, string>> = {
  'fast-json-patch': 'json-patch.ts',
  'node-forge': 'certificates/issue.ts',
  'prom-client': 'server/metrics.ts',
  '@kubernetes/client-node': 'cluster/kubeconfig.ts',
};

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const imports = files.flatMap((file) =>
  [...textOf(file).matchAll(/^(?:import|export)\s(type\s)?[^;]*?from '([^']+)';|import\('([^']+)'\)/gm)].map(
    ([, type, fixed, lazy]) => ({ file, module: fixed ?? lazy ?? '', isType: type !== undefined }),
  ),
);
const libraries = imports.filter(({ module, isType }) => !module.startsWith('.') && !isType);
const inside = imports
  .filter(({ module }) => module.startsWith('.'))
  .map(({ file, module }) => ({ file, target: posix.join(posix.dirname(file), module) }));
const layerOf = (file: string) => {
  const [top = ''] = file.split('/');
  return layers.findIndex((names) => names.includes(top));
};

describe('the source', () => {
  test('has a layer for each file', () => {
    assert.deepEqual(
      files.filter((file) => layerOf(file) < 0),
      [],
    );
  });

  test('imports in one direction, types too', () => {
    const wrong = inside.filter(({ file, target }) => layerOf(target) > layerOf(file));
    assert.deepEqual(wrong, []);
  });

  test('keeps folders of one layer apart', () => {
    const wrong = inside.filter(({ file, target }) => {
      const isSameLayer = layerOf(target) === layerOf(file);
      return isSameLayer && file.split('/')[0] !== target.split('/')[0] && !isAllowed(file, target);
    });
    assert.deepEqual(wrong, []);
  });

  test('has no input and output where all is values', () => {
    const wrong = libraries.filter(
      ({ file, module }) => pure.includes(file.split('/')[0] ?? '') && !pureModules.includes(module),
    );
    assert.deepEqual(wrong, []);
  });

  test('has no clock, no chance and no process there either', () => {
    const impure = /\bDate\.now|new Date\(\)|\bperformance\.|Math\.random|\bprocess\.|\bconsole\./;
    const wrong = files.filter((file) => pure.includes(file.split('/')[0] ?? '') && impure.test(textOf(file)));
    assert.deepEqual(wrong, []);
  });

  test('leaves arguments, environment, standard streams and exit codes to the command line', () => {
    const wrong = files.filter(
      (file) => !/^(?:commands\/|main\.ts$)/.test(file) && /\bprocess\.(?!version)|\bconsole\./.test(textOf(file)),
    );
    assert.deepEqual(wrong, []);
  });

  for (const [library, file] of Object.entries(only)) {
    test(`knows ${library} in ${file} alone`, () => {
      const importers = libraries.filter(({ module }) => module === library).map((one) => one.file);
      assert.deepEqual([...new Set(importers)], [file]);
    });
  }

  test('has commands on manifests that use the library and nothing else of the engine', () => {
    const engine = ['annotations', 'injection', 'manifest', 'admission', 'kubernetes'];
    const offline = /^commands\/(?:inject|uninject|explain|lint|manifest\/[\w-]+)\.ts$/;
    const wrong = inside.filter(
      ({ file, target }) => offline.test(file) && engine.includes(target.split('/')[0] ?? ''),
    );
    assert.deepEqual(wrong, []);
  });
});

/** What stands side by side because neither is above the other, and yet leads to it. */
function isAllowed(file: string, target: string): boolean {
  return file === 'settings.ts' || (file.startsWith('commands/') && target.startsWith('completion/'));
}
