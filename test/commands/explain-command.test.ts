import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pod, runWith, shop, useManifestFolder, withMistakes } from './manifest-folder.ts';

const at = useManifestFolder();

test('explain --on-invalid warn shows that a pod with mistakes is skipped', async () => {
  const { code, stdout } = await runWith(['explain', '-f', withMistakes, '--on-invalid', 'warn']);
  assert.equal(code, 0);
  assert.match(stdout, /Deployment\/shop.* is skipped: invalid-let-through/);
  assert.match(stdout, /warning: .*did you mean "POD=metadata\.name"\?/);
  assert.doesNotMatch(stdout, /error/);
});

describe('explain', () => {
  test('cuts a long value in the table, but not in JSON', async () => {
    const long = `{"a":"${'x'.repeat(300)}"}`;
    const manifest = pod('x', `downlink.dev/env: "V=metadata.annotations['long']", long: '${long}'`);
    const { stdout } = await runWith(['explain', '-f', '-'], manifest);
    assert.match(stdout, /main {7}V {9}\{"a":"x+\.\.\. /);
    for (const line of stdout.split('\n')) assert.ok(line.length < 200, line);
    const json = await runWith(['explain', '-f', '-', '-o', 'json'], manifest);
    assert.equal(JSON.parse(json.stdout)[0].variables[0].value, long);
  });

  const stripped = join(import.meta.dirname, '../manifest/golden/an-ambassador-without-its-restart-policy.yaml');
  for (const [version, sidecar] of [
    ['1.33', 'native sidecar: starts before the application'],
    ['1.28', 'init container without restartPolicy "Always": the pod stays in Init'],
  ] as const) {
    test(`shows an ambassador without restartPolicy on Kubernetes ${version} as ${sidecar.slice(0, 14)}`, async () => {
      const { stdout } = await runWith(['explain', '-f', stripped, '--kubernetes-version', version]);
      assert.match(stdout, new RegExp(`^ {2}sidecar +${sidecar}$`, 'm'));
    });
  }

  const settings = join(import.meta.dirname, '../fixtures/settings/web.yaml');
  const requesting = (env: string) => pod('x', `downlink.dev/profile: team-a, downlink.dev/env: '${env}'`);

  test('shows which variables a profile requests, and the source of each as it is requested', async () => {
    const manifest = requesting('OWN="is $(POD)", POD=metadata.uid, workload.kind');
    const args = ['explain', '-f', '-', '--config', settings];
    const { stdout } = await runWith(args, manifest);
    assert.match(stdout, / FOLLOWS CHANGES {2}REQUESTED BY$/m);
    assert.match(stdout, /^ {2}main +TEAM +a +"a" +no +profile team-a$/m);
    assert.match(stdout, /^ {2}main +OWN +is \$\(POD\) +"is \$\(POD\)" +no +the pod$/m);
    assert.match(stdout, /^ {2}main +POD +metadata\.uid +no +the pod$/m);
    const json = await runWith([...args, '-o', 'json'], manifest);
    const variables: { name: string; source: string; profile?: string }[] = JSON.parse(json.stdout)[0].variables;
    assert.deepEqual(
      variables.map(({ name, source, profile }) => [name, source, profile]),
      [
        ['TEAM', '"a"', 'team-a'],
        ['OWN', '"is $(POD)"', undefined],
        ['POD', 'metadata.uid', undefined],
        ['WORKLOAD_KIND', 'workload.kind', undefined],
      ],
    );
  });

  const withWeb = (annotations = '') => pod('x', `downlink.dev/profile: web${annotations}`);
  const ofWeb = ['explain', '-f', '-', '--config', settings, '-n', 'shop', '--kubernetes-version', '1.33'];

  test('shows the profile that requests files, composed variables, and the ambassador', async () => {
    const { stdout } = await runWith(ofWeb, withWeb());
    assert.match(stdout, /^ {2}main +OTEL_RESOURCE_ATTRIBUTES +k8s\.namespace\.name=shop,\S+ +otel +no +profile web$/m);
    assert.match(stdout, /^ {2}main +\/etc\/downward\/labels +metadata\.labels +yes +profile web$/m);
    assert.match(stdout, /^ {2}requested by {2}profile web$/m);
    const { stdout: json } = await runWith([...ofWeb, '-o', 'json'], withWeb());
    const [{ files, ambassador }] = JSON.parse(json);
    assert.deepEqual([files[0].profile, ambassador.profile], ['web', 'web']);
  });

  test("shows no profile for an ambassador that the pod's own annotation requests", async () => {
    const { stdout } = await runWith([...ofWeb, '-o', 'json'], withWeb(', downlink.dev/ambassador: "true"'));
    const [{ files, ambassador }] = JSON.parse(stdout);
    assert.deepEqual([files[0].profile, ambassador.port, ambassador.profile], ['web', 8001, undefined]);
  });

  for (const [requester, annotation, file] of [
    ['profile clients', 'downlink.dev/profile: clients', 'ambassador-kubeconfig: "true"'],
    ['the pod', 'downlink.dev/profile: clients, downlink.dev/ambassador-kubeconfig: "true"', 'env: pod'],
  ] as const) {
    test(`shows KUBECONFIG as requested by ${requester}`, async () => {
      const config = at(`${requester}.yaml`);
      await writeFile(config, `profiles: { clients: { volume: labels, ambassador: "true", ${file} } }\n`);
      const { stdout } = await runWith(['explain', '-f', '-', '--config', config], pod('x', annotation));
      assert.match(stdout, new RegExp(`^ {2}main +KUBECONFIG +.* ${requester}$`, 'm'));
    });
  }

  for (const [source, shown] of [
    ['limits.memory*50%', '134217728 +limits\\.memory\\*50%'],
    ['container.name', 'main +container\\.name'],
    ['"to $(HOST_IP):8125"', 'to \\$\\(HOST_IP\\):8125 +"to \\$\\(HOST_IP\\):8125"'],
    ['"5 $$"', '5 \\$ +"5 \\$\\$"'],
  ] as const) {
    test(`shows the source ${source} as the annotation has it`, async () => {
      const manifest = pod('x', `downlink.dev/env: 'node, V=${source}'`).replace(
        '{ name: main }',
        '{ name: main, resources: { limits: { memory: 256Mi } } }',
      );
      const { stdout } = await runWith(['explain', '-f', '-'], manifest);
      assert.match(stdout, new RegExp(`^ {2}main +V +${shown} +no$`, 'm'));
    });
  }

  test('shows no field as the source of a value that an existing pod got from an earlier annotation', async () => {
    const { stdout: injected } = await runWith(['inject', '-f', '-'], pod('a', `downlink.dev/env: 'V="earlier"'`));
    const existing = injected
      .replace('  name: a\n', '  name: a\n  uid: 11111111-2222-3333-4444-555555555555\n')
      .replace('V="earlier"', 'V=metadata.uid');
    const { stdout } = await runWith(['explain', '-f', '-'], existing);
    assert.match(stdout, /^ {2}main +V +earlier +known at admission +no$/m);
  });

  test('rejects a pod with a profile that the settings lack', async () => {
    const { code, stdout } = await runWith(
      ['explain', '-f', '-', '--config', settings],
      pod('x', 'downlink.dev/profile: wbe'),
    );
    assert.equal(code, 1);
    assert.match(stdout, /^Pod\/x is denied: invalid/);
    assert.match(
      stdout,
      /downlink\.dev\/profile\]: Not found: "wbe": this cluster has the profiles .*; did you mean "web"\?/,
    );
  });

  test('has no column for profiles if none is requested', async () => {
    const { stdout } = await runWith(['explain', '-f', '-', '--config', settings], pod('x', 'downlink.dev/env: pod'));
    assert.match(stdout, / FOLLOWS CHANGES$/m);
  });

  test('cuts a long text in the table', async () => {
    const { stdout } = await runWith(['explain', '-f', '-'], pod('x', `downlink.dev/env: 'A="${'x'.repeat(300)}"'`));
    for (const line of stdout.split('\n')) assert.ok(line.length < 200, line);
  });

  test('shows the kubeconfig of the ambassador, and the variable that names it', async () => {
    const annotations = 'downlink.dev/ambassador: "true", downlink.dev/ambassador-kubeconfig: "true"';
    const { stdout } = await runWith(['explain', '-f', '-', '--kubernetes-version', '1.33'], pod('x', annotations));
    assert.match(stdout, /^ {2}kubeconfig +\/etc\/downlink\/kubeconfig, which KUBECONFIG names$/m);
    assert.match(stdout, /^ {2}main +KUBECONFIG .*\/etc\/downlink\/kubeconfig/m);
  });

  test('prints JSON', async () => {
    const { code, stdout } = await runWith(['explain', '-f', shop, '--kubernetes-version', '1.33', '-o', 'json']);
    assert.equal(code, 0);
    const [explained] = JSON.parse(stdout);
    assert.equal(explained.object, 'Deployment/shop');
    const [, limit] = explained.variables;
    assert.deepEqual(
      [limit.name, limit.value, limit.unit, limit.followsChanges],
      ['CONTAINER_MEMORY_LIMIT_KIBIBYTES', 262144, 'KiB', false],
    );
    assert.deepEqual([explained.files[0].path, explained.files[0].followsChanges], ['/etc/downward/labels', true]);
    assert.deepEqual([explained.ambassador.sidecar, explained.ambassador.applicationHasToken], ['native', false]);
  });

  test('shows why a pod is denied or skipped, and that no pod requests anything', async () => {
    const refused = await runWith(['explain', '-f', withMistakes]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^Deployment\/shop in namespace web is denied: invalid/);
    const optedOut = await runWith(
      ['explain', '-f', '-'],
      pod('x', 'downlink.dev/env: pod, downlink.dev/inject: "false"'),
    );
    assert.match(optedOut.stdout, /^Pod\/x is skipped: opted-out/);
    assert.equal((await runWith(['explain', '-f', '-'], pod('x', ''))).stderr, 'no pod requests anything\n');
  });

  test('shows an injected pod whose annotations would now be denied as what it is', async () => {
    const uid = '11111111-2222-3333-4444-555555555555';
    const { stdout: injected } = await runWith(['inject', '-f', '-'], pod('a'));
    const existing = injected
      .replace('  name: a\n', `  name: a\n  uid: ${uid}\n`)
      .replace('metadata.name', 'metadata.nam');
    const { code, stdout } = await runWith(['explain', '-f', '-'], existing);
    assert.equal(code, 1);
    assert.match(stdout, /^Pod\/a was injected when it was created; a new pod would be denied {2}stdin:1$/m);
    assert.match(stdout, /main +POD_NAME +a +metadata\.name +no/);
    assert.match(stdout, /error: Pod\/a: .*did you mean "metadata\.name"/);
  });

  test('shows what an earlier version injected', async () => {
    const status = `downlink.dev/env: pod, downlink.dev/status: '{"version":"0.0.9","env":{"main":["OLD"]}}'`;
    const old = pod('x', status).replace(
      '{ name: main }',
      '{ name: main, env: [{ name: OLD, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }] }',
    );
    assert.match((await runWith(['explain', '-f', '-'], old)).stdout, /main +OLD +spec\.nodeName +no/);
  });
});
