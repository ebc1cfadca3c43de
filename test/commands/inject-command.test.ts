import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { pod, runWith, useManifestFolder, withMistakes } from './manifest-folder.ts';
import { main } from './run-program.ts';

const at = useManifestFolder();

describe('inject', () => {
  test('prints all files of a folder as one stream, subfolders only with -R', async () => {
    const names = async (...args: readonly string[]) =>
      parseAllDocuments((await runWith(['inject', '-f', at('k8s'), ...args])).stdout).map((document) =>
        document.getIn(['metadata', 'name']),
      );
    assert.deepEqual(await names(), ['a', 'b']);
    assert.deepEqual(await names('-R'), ['a', 'b', 'c']);
  });

  test('prints other objects unchanged, also from standard input', async () => {
    const text = '# a comment\r\nkind: Service\r\napiVersion: v1   # odd\r\n\r\n';
    assert.deepEqual(await runWith(['inject', '-f', '-'], text), { code: 0, stdout: text, stderr: '' });
    assert.deepEqual(await runWith(['inject', '-f', '-'], ''), { code: 0, stdout: '', stderr: '' });
  });

  test('injects what a profile of the settings requests, and records it', async () => {
    const config = join(import.meta.dirname, '../fixtures/settings/web.yaml');
    const inject = (profile: string) =>
      runWith(['inject', '-f', '-', '--config', config], pod('x', `downlink.dev/profile: ${profile}`));
    const { code, stdout } = await inject('team-a');
    assert.equal(code, 0);
    const { metadata, spec } = parse(stdout);
    assert.deepEqual(
      spec.containers[0].env.map(({ name }: { readonly name: string }) => name),
      ['TEAM', 'POD'],
    );
    assert.deepEqual(Object.keys(JSON.parse(metadata.annotations['downlink.dev/status']).profiles), ['team-a']);
    const unknown = await inject('taem-a');
    assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
    assert.match(unknown.stderr, /Not found: "taem-a": .*; did you mean "team-a"\?/);
  });

  test('prints one object as JSON, and several as a List', async () => {
    const one = JSON.parse((await runWith(['inject', '-f', at('k8s/a.yaml'), '-o', 'json'])).stdout);
    assert.equal(one.kind, 'Pod');
    assert.equal(one.spec.containers[0].env[0].name, 'POD_NAME');
    const several = JSON.parse((await runWith(['inject', '-f', at('k8s'), '-R', '-o', 'json'])).stdout);
    assert.equal(several.kind, 'List');
    assert.equal(several.items.length, 3);
  });

  test('prints JSON as YAML with -o yaml', async () => {
    const { stdout } = await runWith(['inject', '-f', at('k8s/inner/c.json'), '-o', 'yaml']);
    assert.match(stdout, /^ {4}- name: main$/m);
  });

  test('keeps YAML byte for byte with -o yaml', async () => {
    const text = `# first\n${pod('a', '')}---\n${pod('b', '')}`;
    assert.equal((await runWith(['inject', '-f', '-', '-o', 'yaml'], text)).stdout, text);
    const mixed = `{"kind": "Service"}\n---\n{"kind": "Secret"}\n`;
    assert.equal(
      (await runWith(['inject', '-f', '-', '-o', 'yaml'], mixed)).stdout,
      'kind: Service\n---\nkind: Secret\n',
    );
  });

  test('does not follow a link to a folder, which may lead back', async () => {
    await mkdir(at('linked'));
    await writeFile(at('linked/a.yaml'), pod('a'));
    await symlink('.', at('linked/again'));
    const { code, stdout } = await runWith(['inject', '-f', at('linked'), '-R']);
    assert.equal(code, 0);
    assert.equal(parseAllDocuments(stdout).length, 1);
  });

  test('prints all files but those with a mistake, and ends with 1', async () => {
    const { code, stdout, stderr } = await runWith(['inject', '-f', withMistakes, at('k8s/a.yaml')]);
    assert.equal(code, 1);
    assert.deepEqual(
      parseAllDocuments(stdout).map((document) => document.getIn(['metadata', 'name'])),
      ['a'],
    );
    assert.match(
      stderr,
      /shop-with-mistakes\.yaml:14:27: error: Deployment\/shop: .*did you mean "POD=metadata\.name"\?/,
    );
  });

  test('lets mistakes through with --on-invalid warn, as the server would', async () => {
    const { code, stdout, stderr } = await runWith(['inject', '-f', withMistakes, '--on-invalid', 'warn']);
    assert.equal(code, 0);
    assert.equal(stdout, await readFile(withMistakes, 'utf8'));
    assert.match(stderr, /warning: .*did you mean "POD=metadata\.name"\?/);
  });

  test('takes the settings of the server from flags, from the environment and from a file', async () => {
    const ambassador = 'downlink.dev/ambassador: "true"';
    const image = async (args: readonly string[], environment = {}) => {
      const { stdout } = await runWith(['inject', '-f', '-', ...args], pod('x', ambassador), environment);
      return parse(stdout).spec.containers.at(-1).image;
    };
    await writeFile(at('settings.yaml'), 'ambassadorImage: from/file:1\nport: 8443\n');
    assert.equal(await image(['--ambassador-image', 'from/flag:1', '--config', at('settings.yaml')]), 'from/flag:1');
    assert.equal(await image([], { DOWNLINK_AMBASSADOR_IMAGE: 'from/environment:1' }), 'from/environment:1');
    assert.equal(await image(['--config', at('settings.yaml')]), 'from/file:1');
  });

  test('reads a version in the file as text: 1.30 is not 1.3', async () => {
    await writeFile(at('version.yaml'), 'kubernetesVersion: 1.30\n');
    const annotations = 'downlink.dev/ambassador: "true", downlink.dev/ambassador-sidecar: native';
    const { code, stderr } = await runWith(
      ['inject', '-f', '-', '--config', at('version.yaml')],
      pod('x', annotations),
    );
    assert.equal(code, 0, stderr);
  });

  test('uses the namespace of -n if the manifest has none, and reports a missing one', async () => {
    const annotations = 'downlink.dev/ambassador: "true", downlink.dev/ambassador-access: own-namespace';
    const args = async (...more: readonly string[]) => runWith(['inject', '-f', '-', ...more], pod('x', annotations));
    const without = await args();
    assert.equal(without.code, 1);
    assert.match(without.stderr, /"own-namespace" needs the namespace of the pod; set metadata\.namespace/);
    assert.match((await args('-n', 'web')).stdout, /namespaces\/web\(/);
  });

  test('shows a diff that git applies', async () => {
    const repository = at('repository');
    await mkdir(repository);
    const git = (...args: readonly string[]) =>
      new Promise<string>((resolve, reject) => {
        execFile('git', args, { cwd: repository }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
      });
    const before = `# first\n${pod('one')}---\n${pod('plain', '')}---\n${pod('two').trimEnd()}`;
    await writeFile(join(repository, 'all.yaml'), before);
    await git('init', '-q');
    const injected = (await runWith(['inject', '-f', '-'], before)).stdout;
    for (const file of ['all.yaml', './all.yaml', '../repository/all.yaml', join(repository, 'all.yaml')]) {
      const diff = await new Promise<string>((resolve) => {
        const args = [main, 'inject', '-f', file, '--diff'];
        execFile(process.execPath, args, { cwd: repository }, (_error, stdout) => resolve(stdout));
      });
      await writeFile(at('change.patch'), diff);
      await git('apply', at('change.patch'));
      assert.equal(await readFile(join(repository, 'all.yaml'), 'utf8'), injected, file);
      await git('apply', '--reverse', at('change.patch'));
    }
  });

  test('has no format for a diff', async () => {
    const { code, stderr } = await runWith(['inject', '-f', '-', '--diff', '-o', 'json'], pod('x'));
    assert.equal(code, 2);
    assert.match(stderr, /'-o, --output <format>' cannot be used with option '--diff'/);
  });

  test('prints nothing if it is interrupted', async () => {
    const many = Array.from({ length: 4000 }, (_, index) => pod(`p${index}`)).join('---\n');
    await writeFile(at('many.yaml'), many);
    const child = spawn(process.execPath, [main, 'inject', '-f', at('many.yaml'), '-'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.stdin.write(pod('held'), () => child.kill('SIGINT')); // the program waits for the rest of its input
    await once(child, 'exit');
    assert.equal(printed, '');
  });

  test('ends quietly if the reader of its output closes the pipe', async () => {
    const script = `"$0" "$1" inject -f "$2" | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const many = Array.from({ length: 600 }, (_, index) => pod(`p${index}`)).join('---\n');
    await writeFile(at('many.yaml'), many);
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
      execFile('bash', ['-c', script, process.execPath, main, at('many.yaml')], (_error, out, err) => {
        resolve({ stdout: out, stderr: err });
      });
    });
    assert.equal(stdout, 'apiVersion: v1\n0\n');
    assert.equal(stderr, '');
  });
});
