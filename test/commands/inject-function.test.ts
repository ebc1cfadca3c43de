import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { runWith, useManifestFolder } from './manifest-folder.ts';
import { spawnProgram } from './run-program.ts';

const at = useManifestFolder();
const list = (annotations: object, functionConfig?: object) =>
  stringify({
    apiVersion: 'config.kubernetes.io/v1',
    kind: 'ResourceList',
    ...(functionConfig && { functionConfig }),
    items: [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'web',
          annotations: { 'internal.config.kubernetes.io/path': 'pod.yaml', ...annotations },
        },
        spec: { containers: [{ name: 'main' }] },
      },
    ],
  });
const profile = { 'downlink.dev/profile': 'web' };
const config = (settings: object) => ({ apiVersion: 'downlink.dev/v1', kind: 'Injection', spec: settings });
const podOf = (stdout: string) => parse(stdout).items[0];

describe('inject as a KRM function', () => {
  test('takes profiles and the namespace from the functionConfig', async () => {
    const settings = { clusterName: 'here', namespace: 'shop', profiles: { web: { env: 'cluster.name, pod' } } };
    const { code, stdout, stderr } = await runWith(['inject', '-f', '-'], list(profile, config(settings)));
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(podOf(stdout).spec.containers[0].env[0], { name: 'CLUSTER_NAME', value: 'here' });
  });

  test('takes them from a ConfigMap, whose values are text', async () => {
    const data = { kubernetesVersion: '1.36', profiles: 'web:\n  ambassador: "true"\n' };
    const input = list(profile, { apiVersion: 'v1', kind: 'ConfigMap', data });
    const { code, stdout } = await runWith(['inject', '-f', '-'], input);
    assert.equal(code, 0);
    assert.equal(podOf(stdout).spec.initContainers[0].name, 'ambassador');
  });

  test('reads a version as it is written, and lets a flag take precedence', async () => {
    const input = list({ 'downlink.dev/ambassador': 'true' }, config({ kubernetesVersion: 0 })).replace(
      'kubernetesVersion: 0',
      'kubernetesVersion: 1.40',
    );
    assert.ok(podOf((await runWith(['inject', '-f', '-'], input)).stdout).spec.initContainers);
    const old = await runWith(['inject', '-f', '-', '--kubernetes-version', '1.30'], input);
    assert.equal(podOf(old.stdout).spec.initContainers, undefined);
  });

  test('prints a mistake on standard error as well, with its file, and ends with 1', async () => {
    const { code, stdout, stderr } = await spawnProgram(['inject', '-f', '-'], {
      input: list({ 'downlink.dev/env': 'ppod' }),
    });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      'pod.yaml: error: Pod/web: metadata.annotations[downlink.dev/env]: Invalid value: "ppod": unknown field; did you mean "pod"?\n',
    );
    assert.equal(parse(stdout).results[0].severity, 'error');
    assert.equal(podOf(stdout).spec.containers[0].env, undefined);
  });

  for (const [what, functionConfig, words] of [
    [
      'a wrong setting',
      config({ kubernetesVersion: 'new' }),
      /^downlink: functionConfig: kubernetesVersion: Invalid value: "new"/,
    ],
    ['an unknown setting', config({ kubernetesVersio: '1.33' }), /^downlink: functionConfig: kubernetesVersio/],
    [
      'profiles that are not YAML',
      { kind: 'ConfigMap', data: { profiles: 'web: [' } },
      /^downlink: functionConfig: data\.profiles: cannot read it as YAML/,
    ],
  ] as const) {
    test(`reports ${what}, and ends with 2`, async () => {
      const { code, stdout, stderr } = await runWith(['inject', '-f', '-'], list(profile, functionConfig));
      assert.match(stderr, words);
      assert.deepEqual([code, stdout], [2, '']);
    });
  }

  test('does not accept settings from two files', async () => {
    await writeFile(at('settings.yaml'), 'clusterName: there\n');
    const args = ['inject', '-f', '-', '--config', at('settings.yaml')];
    const both = await runWith(args, list(profile, config({ clusterName: 'here' })));
    assert.match(both.stderr, /^downlink: --config: functionConfig already has the settings; use only one of them/);
    assert.equal(both.code, 2);
    assert.equal((await runWith(args, list({ 'downlink.dev/env': 'cluster.name' }))).code, 0);
  });

  test('is only for standard input: in a file, a ResourceList is a list like any other', async () => {
    await writeFile(at('list.yaml'), list({ 'downlink.dev/env': 'ppod' }));
    const { code, stdout } = await runWith(['inject', '-f', at('list.yaml')]);
    assert.deepEqual([code, stdout], [1, '']);
  });
});
