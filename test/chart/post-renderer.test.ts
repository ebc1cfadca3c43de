import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { findProgram, helm, helmIsMissing } from '../../deploy/helm.ts';
import { version } from '../../src/version.ts';
import { bareEnvironment } from '../support/bare-environment.ts';
import { only, parseManifests } from '../support/manifests.ts';

const plugin = fileURLToPath(new URL('../../deploy/helm-plugin', import.meta.url));
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const files: Readonly<Record<string, string>> = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/templates/web.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: {{ .Release.Name }} }\nspec:\n  template:\n    metadata:\n      annotations:\n        downlink.dev/env: {{ .Values.env }}\n        downlink.dev/ambassador: "true"\n    spec:\n      containers:\n        - name: main\n          image: web:1\n',
  'chart/templates/other.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n',
  // as npm install --global would put it on the path
  'bin/downlink': `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`,
};

/** Returns why these tests cannot run here. Helm 3 has no plugins of this type. */
async function pluginsAreMissing(): Promise<string | false> {
  const missing = await helmIsMissing();
  if (missing) return missing;
  return !(await helm('version', '--short')).startsWith('v4.') && 'needs Helm 4';
}

describe('the post-renderer plugin', { skip: await pluginsAreMissing() }, () => {
  let folder: string;
  const run = (...args: readonly string[]) =>
    new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve, reject) => {
      const env = {
        ...bareEnvironment,
        PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
        ...Object.fromEntries(['DATA', 'CACHE', 'CONFIG'].map((name) => [`HELM_${name}_HOME`, join(folder, name)])),
      };
      findProgram('helm').then(
        (program) =>
          execFile(program, args, { cwd: folder, env }, (error, stdout, stderr) =>
            resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
          ),
        reject,
      );
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'downlink-helm-'));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text, { mode: 0o755 });
    }
    const { code, stderr } = await run('plugin', 'install', plugin);
    assert.equal(code, 0, stderr);
  });
  after(() => rm(folder, { recursive: true }));

  test('has the version of the package', async () => {
    const metadata = parse(await readFile(join(plugin, 'plugin.yaml'), 'utf8'));
    assert.equal(metadata.version, version);
    assert.match(
      (await run('plugin', 'list')).stdout,
      new RegExp(`^downlink\\s+${version}\\s+postrenderer/v1\\s+v1`, 'm'),
    );
  });

  test('injects what a chart renders, with flags of inject', async () => {
    const flags = ['--post-renderer', 'downlink', '--post-renderer-args', '--kubernetes-version=1.36'];
    const { code, stdout, stderr } = await run('template', 'shop', 'chart', '--set', 'env=metadata.name', ...flags);
    assert.equal(code, 0, stderr);
    const manifests = parseManifests(stdout);
    assert.equal(only(manifests, 'ConfigMap').metadata.name, 'other');
    const { spec } = only(manifests, 'Deployment').spec.template;
    assert.equal(spec.containers[0].env[0].name, 'POD_NAME');
    assert.deepEqual([spec.initContainers[0].name, spec.initContainers[0].restartPolicy], ['ambassador', 'Always']);
  });

  test('makes Helm fail for a mistake', async () => {
    const { code, stdout, stderr } = await run(
      'template',
      'shop',
      'chart',
      '--set',
      'env=ppod',
      '--post-renderer',
      'downlink',
    );
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /post-renderer plugin "downlink"/);
  });
});
