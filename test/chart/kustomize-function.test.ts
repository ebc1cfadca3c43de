import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../support/bare-environment.ts';
import { only, parseManifests } from '../support/manifests.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Runs kustomize; undefined if it is not on PATH. `kubectl kustomize` cannot run programs. */
function kustomize(...args: readonly string[]) {
  const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`;
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string } | undefined>(
    (resolve) => {
      execFile('kustomize', args, { env: { ...bareEnvironment, PATH } }, (error, stdout, stderr) =>
        resolve(error?.code === 'ENOENT' ? undefined : { code: Number(error?.code ?? 0), stdout, stderr }),
      );
    },
  );
}

const isMissing = (await kustomize('version')) === undefined;

describe('inject as a transformer of Kustomize', { skip: isMissing && 'needs kustomize' }, () => {
  let folder: string;
  const build = async (env: string) => {
    await writeFile(
      join(folder, 'pod.yaml'),
      `apiVersion: v1\nkind: Pod\nmetadata: { name: web, annotations: { downlink.dev/env: ${env} } }\nspec: { containers: [{ name: main, image: web:1 }] }\n`,
    );
    return kustomize('build', '--enable-alpha-plugins', '--enable-exec', folder);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'downlink-kustomize-'));
    await writeFile(join(folder, 'kustomization.yaml'), 'resources: [pod.yaml]\ntransformers: [downlink.yaml]\n');
    const exec = JSON.stringify({ exec: { path: 'node', args: [main, 'inject', '-f', '-'] } });
    const metadata = `{ name: downlink, annotations: { config.kubernetes.io/function: '${exec}' } }`;
    await writeFile(
      join(folder, 'downlink.yaml'),
      `apiVersion: downlink.dev/v1\nkind: Injection\nmetadata: ${metadata}\nspec: { clusterName: here }\n`,
    );
  });
  after(() => rm(folder, { recursive: true }));

  test('injects with the settings of its configuration', async () => {
    const { code, stdout = '', stderr } = (await build('cluster.name')) ?? {};
    assert.equal(code, 0, stderr);
    const { spec } = only(parseManifests(stdout), 'Pod');
    assert.deepEqual(spec.containers[0].env, [{ name: 'CLUSTER_NAME', value: 'here' }]);
  });

  test('makes the build fail for a mistake, and shows it', async () => {
    const { code, stdout, stderr = '' } = (await build('ppod')) ?? {};
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /error: Pod\/web: metadata\.annotations\[downlink\.dev\/env\]: Invalid value: "ppod"/);
  });
});
