import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import type { Manifest } from '../support/manifests.ts';
import { pod, runWith, useManifestFolder } from './manifest-folder.ts';
import { spawnProgram } from './run-program.ts';

const mistake = pod('wrong', 'downlink.dev/env: ppod');
const patch = (annotation: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  template:\n    metadata:\n      annotations:\n        ${annotation}\n`;

/** A repository with everything that people keep beside manifests. */
const repository: Readonly<Record<string, string>> = {
  '.git/broken.yaml': `${mistake}: [`,
  'node_modules/package/wrong.yaml': mistake,
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/templates/other.yaml': 'kind: Pod\nmetadata:\n  {{- include "labels" . | nindent 2 }}\n',
  'chart/templates/web.yaml': 'metadata:\n  name: {{ .Release.Name }}\n  annotations:\n    downlink.dev/env: pod\n',
  'base/deployment.yaml': `${patch('downlink.dev/env: pod')}    spec: { containers: [{ name: main }] }\n`,
  'overlay/kustomization.yaml':
    'resources: [../base]\npatches:\n  - path: a-patch.yaml\n  - path: ../shared/operations.yaml\n    target: { kind: Deployment }\n',
  'overlay/a-patch.yaml': `${patch('downlink.dev/containers: worker')}    spec: { containers: [{ name: main }] }\n`,
  'shared/operations.yaml':
    '- op: add\n  path: /spec/template/metadata/annotations/downlink.dev~1volume\n  value: labels\n',
  'shared/replicas.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 3 }\n',
  'tests/fixtures/broken.yaml': 'a: [\n',
  'tsconfig.json': '{ /* nothing */ "a": 1, }\n',
};

const at = useManifestFolder(async (path) => {
  for (const [name, text] of Object.entries(repository)) {
    await mkdir(dirname(path('repository', name)), { recursive: true });
    await writeFile(path('repository', name), text);
  }
});

describe('lint -R in a repository as it is', () => {
  test('finds only the template that must be rendered first, and ends with 0', async () => {
    const { code, stdout, stderr } = await runWith(['lint', '-R', '-f', at('repository')]);
    assert.match(
      stdout,
      /^\S+\/chart\/templates\/web\.yaml:2:9: warning: this is a template \("\{\{"\), so its annotations are not checked; render it first, for example with helm template\n$/,
    );
    assert.match(stderr, /^10 files: 0 errors, 1 warning, 0 hints; passed over 2 files that are not manifests\n$/);
    assert.equal(code, 0);
  });

  test('ends with 2 for a broken file that is named', async () => {
    assert.equal((await runWith(['lint', '-f', at('repository/tests/fixtures/broken.yaml')])).code, 2);
  });

  test('reads the folders of tools only if they are named', async () => {
    const { code } = await runWith(['lint', '-R', '-f', at('repository/node_modules')]);
    assert.equal(code, 1);
  });
});

describe('--exclude', () => {
  for (const [patterns, files] of [
    [['chart'], 7],
    [['chart/templates'], 8],
    [['*.json'], 9],
    [['**/fixtures'], 9],
    [['overlay/*.yaml', 'shared/**'], 6],
    [['?hart', 'tests/'], 6],
    [['./base', '**'], 0],
    [['hart', 'art', 'base/deployment'], 10],
  ] as const) {
    test(`${patterns.join(' and ')} leaves ${files} of 10 files`, async () => {
      const excludes = patterns.flatMap((pattern) => ['--exclude', pattern]);
      const { stderr, code } = await runWith(['lint', '-R', '-f', at('repository'), ...excludes]);
      assert.match(stderr, new RegExp(`^${files} files?: `));
      assert.equal(code, 0);
    });
  }

  test('also leaves out files that are named, as pre-commit names them', async () => {
    const { code, stderr } = await runWith([
      'lint',
      '-f',
      at('repository/node_modules/package/wrong.yaml'),
      '--exclude',
      'node_modules/**',
      'wrong.yaml',
    ]);
    assert.equal(stderr, '0 files: 0 errors, 0 warnings, 0 hints\n');
    assert.equal(code, 0);
  });

  test('applies to inject, too', async () => {
    const { stdout } = await runWith(['inject', '-R', '-f', at('k8s'), '--exclude', 'inner', 'b.*']);
    assert.match(stdout, /name: a\n/);
    assert.doesNotMatch(stdout, /name: [bc]\n/);
  });
});

describe('paths in reports for code hosts', () => {
  const urisOf = async (args: readonly string[], env = {}) => {
    const { stdout } = await runWith(['lint', ...args, '-o', 'sarif'], mistake, env);
    const { results } = JSON.parse(stdout).runs[0];
    return results.map(
      ({ locations }: { readonly locations: readonly Manifest[] }) =>
        locations[0]?.physicalLocation.artifactLocation.uri,
    );
  };

  test('begin at the root of the repository, whatever -f says', async () => {
    await writeFile(at('wrong here.yaml'), mistake);
    const env = { GITHUB_WORKSPACE: at() };
    assert.deepEqual(await urisOf(['-f', at('wrong here.yaml')], env), ['wrong%20here.yaml']);
    const github = await runWith(['lint', '-f', at('wrong here.yaml'), '-o', 'github'], '', env);
    assert.match(github.stdout, /^::error file=wrong here\.yaml,line=5,/);
  });

  test('are file URLs outside of it, and standard input has its name', async () => {
    assert.deepEqual(await urisOf(['-f', at('wrong here.yaml'), '-'], { GITHUB_WORKSPACE: at('k8s') }), [
      `file://${at('wrong%20here.yaml')}`,
      'stdin',
    ]);
  });

  test('are right from a subfolder, in a process of its own', async () => {
    const { stdout, code } = await spawnProgram(['lint', '-f', './wrong here.yaml', '-o', 'github'], { cwd: at() });
    assert.match(stdout, /^::error file=wrong here\.yaml,line=5,col=36,/);
    assert.equal(code, 1);
  });
});
