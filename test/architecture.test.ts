import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '../src');

/** The components of src/: each may import from its own line and the lines above it, and nothing else. */
const layers = [
  ['version.ts', 'diagnostics', 'json', 'time'],
  ['kubernetes', 'yaml-edit'],
  ['kubernetes-api', 'annotations'],
  ['injection/patch'],
  ['injection/env', 'injection/volume', 'injection/ambassador'],
  ['injection/items'],
  ['injection'],
  ['config'],
  ['certificates', 'admission', 'manifest'],
  ['scan'],
  ['scan/cluster', 'server', 'index.ts'],
  ['commands'],
  ['main.ts'],
];
/** Components without I/O, clock, and logger: values in, values out. */
const pure = [
  'diagnostics',
  'json',
  'kubernetes',
  'annotations',
  'injection',
  'config',
  'admission',
  'yaml-edit',
  'manifest',
  'scan',
];
const pureModules = ['yaml', 'fast-json-patch', 'fastest-levenshtein', 'semver', 'node:util', 'node:crypto'];
/** Libraries that only one file or folder can import. */
const only: Readonly<Record<string, string>> = {
  'fast-json-patch': 'json/json-patch.ts',
  'node-forge': 'certificates/issue-certificate.ts',
  'prom-client': 'server/metrics/',
  '@kubernetes/client-node': 'scan/cluster/kubeconfig.ts',
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
/** Returns the component of a file: the longest of the layers' names that leads to it. */
const componentOf = (file: string) =>
  layers
    .flat()
    .filter((component) => file === component || file.startsWith(`${component}/`))
    .sort((one, other) => other.length - one.length)[0];
const layerOf = (file: string) => layers.findIndex((components) => components.includes(componentOf(file) ?? ''));
const exported = files.flatMap((file) =>
  [...textOf(file).matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)].map(
    ([, name]) => ({ file, name }),
  ),
);
const isPure = (file: string) => pure.includes(componentOf(file)?.replace(/^injection\/.*/, 'injection') ?? '');

describe('the source', () => {
  test('has the components of docs/architecture.md, in this order', () => {
    const page = readFileSync(join(root, '../docs/architecture.md'), 'utf8');
    const [, table = ''] = /^\| Component \| Subject \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(page) ?? [];
    const listed = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, component]) => component);
    assert.deepEqual(listed, layers.flat());
  });

  test('has the files that docs/architecture.md names', () => {
    const page = readFileSync(join(root, '../docs/architecture.md'), 'utf8');
    const named = [...page.matchAll(/(?:src\/)?((?:[a-z][a-z-]*\/)*[a-z][a-z.-]*\.ts)\b/g)].map(
      ([, file = '']) => file,
    );
    const missing = named.filter(
      (file) => !/^(?:test|deploy)\//.test(file) && !files.some((one) => one === file || one.endsWith(`/${file}`)),
    );
    assert.deepEqual(missing, []);
  });

  test('has a layer for each file', () => {
    assert.deepEqual(
      files.filter((file) => layerOf(file) < 0),
      [],
    );
  });

  test('has no two files with one name', () => {
    assert.deepEqual(
      repeated(files, (file) => basename(file)),
      [],
    );
  });

  test('has no two exports with one name', () => {
    assert.deepEqual(
      repeated(exported, ({ name }) => name),
      [],
    );
  });

  test('defines a unit of time once', () => {
    const units = /^(?:export )?const (?:second|minute|hour|day)s? =/m;
    assert.deepEqual(
      files.filter((file) => units.test(textOf(file))),
      ['time/duration.ts'],
    );
  });

  test('has no function of more than 60 lines', () => {
    const long = files.flatMap((file) => longFunctions(textOf(file)).map((function_) => `${file}: ${function_}`));
    assert.deepEqual(long, []);
  });

  test('imports in one direction, including types', () => {
    const wrong = inside.filter(({ file, target }) => layerOf(target) > layerOf(file));
    assert.deepEqual(wrong, []);
  });

  test('has no imports between the components of a layer', () => {
    const wrong = inside.filter(({ file, target }) => {
      const isSameLayer = layerOf(target) === layerOf(file);
      return isSameLayer && componentOf(file) !== componentOf(target) && !isAllowed(file, target);
    });
    assert.deepEqual(wrong, []);
  });

  test('has no input and output in pure components', () => {
    const wrong = libraries.filter(({ file, module }) => isPure(file) && !pureModules.includes(module));
    assert.deepEqual(wrong, []);
  });

  test('has no clock, no randomness and no process in pure components', () => {
    const impure = /\bDate\.now|new Date\(\)|\bperformance\.|Math\.random|\bprocess\.|\bconsole\./;
    const wrong = files.filter((file) => isPure(file) && impure.test(textOf(file)));
    assert.deepEqual(wrong, []);
  });

  test('uses arguments, environment, standard streams and exit codes only in main.ts and the server', () => {
    const wrong = files.filter(
      (file) =>
        !/^(?:commands\/run-server|main)\.ts$/.test(file) && /\bprocess\.(?!version)|\bconsole\./.test(textOf(file)),
    );
    assert.deepEqual(wrong, []);
  });

  for (const [library, file] of Object.entries(only)) {
    test(`imports ${library} only in ${file}`, () => {
      const importers = libraries.filter(({ module }) => module === library).map((one) => one.file);
      assert.ok(importers.length > 0);
      assert.deepEqual(
        importers.filter((importer) => !importer.startsWith(file)),
        [],
      );
    });
  }

  test('has commands for manifests that use the engine only through the library', () => {
    const engine = ['annotations', 'injection', 'manifest', 'admission', 'kubernetes'];
    const offline = /^commands\/(?:(?:inject|uninject|explain|lint)-command|manifest\/[\w-]+)\.ts$/;
    const wrong = inside.filter(
      ({ file, target }) => offline.test(file) && engine.includes(target.split('/')[0] ?? ''),
    );
    assert.deepEqual(wrong, []);
  });
});

const maxLines = 60; // from the first line to the last; the rule in biome.json does not count lines such as `}`
const functionStart =
  /^( *)(?:(?:export )?(?:async )?function\b|(?:async |get )?(?!if|for|while|switch|catch)\w+\(.*\{$|.*=> \{$)/;

/** Returns the first line of each function that is too long. The formatter aligns the end of a function with its start. */
function longFunctions(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.filter((line, start) => {
    const [found, indent = ''] = functionStart.exec(line) ?? [];
    if (found === undefined) return false;
    const end = lines.findIndex(
      (later, index) => index > start && later.startsWith(`${indent}}`) && !/^ *\}: /.test(later),
    );
    return end - start + 1 > maxLines;
  });
}

function repeated<T>(all: readonly T[], keyOf: (one: T) => unknown): readonly T[] {
  return [...Map.groupBy(all, keyOf).values()].filter((group) => group.length > 1).flat();
}

/** In the lowest components: what is wrong with a value and the value itself. */
function isAllowed(file: string, target: string): boolean {
  return componentOf(file) === 'diagnostics' && target === 'version.ts';
}
