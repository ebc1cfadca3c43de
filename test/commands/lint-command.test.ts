import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pod, runWith, useManifestFolder, withMistakes } from './manifest-folder.ts';

const at = useManifestFolder();

describe('lint', () => {
  test('ends with 2 for a document that cannot be read after very many mistakes, and counts at least them', async () => {
    const mistakes = new Array<string>(1100).fill(pod('a', 'downlink.dev/evn: pod'));
    const { code, stderr } = await runWith(['lint', '-f', '-'], [...mistakes, 'a: [\n'].join('---\n'));
    assert.equal(code, 2);
    assert.equal(stderr, '1 file: more than 1001 errors, 0 warnings, 0 hints\n');
  });

  test('ends with 0 if there are only warnings', async () => {
    const { code, stdout } = await runWith(['lint', '-f', '-'], pod('x', 'downlink.dev/volume-path: /x'));
    assert.equal(code, 0);
    assert.match(stdout, /stdin:5:18: warning: Pod\/x: .*it has no effect without downlink\.dev\/volume/);
  });

  const withProfile = (name: string, more = '') => pod('x', `downlink.dev/profile: ${name}${more}`);

  test('finds no mistake in a pod with a profile of the settings, and one without these settings', async () => {
    const config = join(import.meta.dirname, '../fixtures/settings/web.yaml');
    const known = await runWith(['lint', '-f', '-', '--config', config], withProfile('team-a'));
    assert.deepEqual([known.code, known.stdout], [0, '']);
    const misspelled = await runWith(['lint', '-f', '-', '--config', config], withProfile('taem-a'));
    assert.equal(misspelled.code, 1);
    assert.match(misspelled.stdout, /error: .*profile\]: Not found: "taem-a": .*; did you mean "team-a"\?/);
    const without = await runWith(['lint', '-f', '-'], withProfile('team-a'));
    assert.equal(without.code, 1);
    assert.match(
      without.stdout,
      /error: .*profile\]: Not found: "team-a": the settings of Downlink have no profiles; offline, provide them with --config or --cluster$/m,
    );
  });

  test('reports the unknown version for an ambassador that a profile requests', async () => {
    const config = join(import.meta.dirname, '../fixtures/settings/web.yaml');
    const { stderr } = await runWith(['lint', '-f', '-', '--config', config], withProfile('web'));
    assert.match(stderr, /^downlink: the Kubernetes version is unknown, /m);
  });

  test('names the profile of each variable and file that does not show a resource of its container', async () => {
    const config = at('resources.yaml');
    await writeFile(config, 'profiles: { sizes: { env: A=limits.cpu/1m, volume: b=limits.memory/1Mi } }\n');
    const lint = (annotations = '') =>
      runWith(['lint', '-f', '-', '--config', config, '-o', 'json'], withProfile('sizes', annotations));
    const messages = async (annotations?: string) =>
      JSON.parse((await lint(annotations)).stdout).map(({ message }: { readonly message: string }) => message);
    assert.deepEqual(await messages(), [
      `metadata.annotations[downlink.dev/profile]: container "main" has no limits.cpu, so "A" of profile "sizes" shows the node's allocatable cpu`,
      `metadata.annotations[downlink.dev/profile]: container "main" has no limits.memory, so "b" of profile "sizes" shows the node's allocatable memory`,
    ]);
    assert.deepEqual(await messages(', downlink.dev/env: C=limits.cpu/1m, downlink.dev/volume: d=limits.memory/1Mi'), [
      `metadata.annotations[downlink.dev/env]: container "main" has no limits.cpu, so "A" of profile "sizes", "C" show the node's allocatable cpu`,
      `metadata.annotations[downlink.dev/volume]: container "main" has no limits.memory, so "b" of profile "sizes", "d" show the node's allocatable memory`,
    ]);
  });

  test('prints JSON', async () => {
    const { code, stdout } = await runWith(['lint', '-f', withMistakes, '-o', 'json']);
    assert.equal(code, 1);
    const [misplaced, wrong] = JSON.parse(stdout);
    assert.deepEqual([misplaced.code, misplaced.line, misplaced.column], ['misplaced', 7, 5]);
    assert.deepEqual([wrong.code, wrong.severity, wrong.object], ['Invalid', 'error', 'Deployment/shop']);
  });

  test('prints workflow commands of GitHub, escaped', async () => {
    const file = at('odd, name%.yaml');
    await writeFile(file, pod('x', 'downlink.dev/env: 100%'));
    const { stdout } = await runWith(['lint', '-f', file, '-o', 'github']);
    assert.match(
      stdout,
      /^::error file=.*odd%2C name%25\.yaml,line=5,col=36,title=downlink%3A Pod\/x::metadata\..*"100%25"/,
    );
  });

  test('prints SARIF 2.1.0 with a rule for each code', async () => {
    const { stdout } = await runWith(['lint', '-f', withMistakes, '-o', 'sarif']);
    const { version, runs } = JSON.parse(stdout);
    assert.equal(version, '2.1.0');
    const [{ tool, results }] = runs;
    assert.equal(results.length, 2);
    for (const { ruleId, ruleIndex, level, message, locations } of results) {
      assert.equal(tool.driver.rules[ruleIndex].id, ruleId);
      assert.equal(level, 'error');
      assert.ok(message.text.length > 0);
      const [{ physicalLocation }] = locations;
      assert.match(physicalLocation.artifactLocation.uri, /docs\/examples\/shop-with-mistakes\.yaml$/);
      assert.ok(physicalLocation.region.startLine > 0);
    }
  });

  test('finds the role binding of a ServiceAccount in another file', async () => {
    const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: reader, namespace: web }\n';
    const user = `apiVersion: v1\nkind: Pod\nmetadata: { name: x, namespace: web, annotations: { downlink.dev/ambassador: "true" } }\nspec: { serviceAccountName: reader, automountServiceAccountToken: false, containers: [{ name: main }] }\n`;
    const binding = `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: b, namespace: web }\nsubjects: [{ kind: ServiceAccount, name: reader, namespace: web }]\n`;
    await mkdir(at('rights'));
    await writeFile(at('rights/account.yaml'), account);
    await writeFile(at('rights/pod.yaml'), user);
    const without = await runWith(['lint', '-f', at('rights')]);
    assert.match(
      without.stdout,
      /pod\.yaml:4:9: hint: Pod\/x: spec\.serviceAccountName: .*bind no Role or ClusterRole to it/,
    );
    assert.equal(without.code, 0);
    await writeFile(at('rights/binding.yaml'), binding);
    assert.doesNotMatch((await runWith(['lint', '-f', at('rights')])).stdout, /hint/);
  });
});
