import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { main, run as runInProcess, spawnProgram } from './run-program.ts';

const examples = join(import.meta.dirname, '../../docs/examples');
const shop = join(examples, 'shop.yaml');
const withMistakes = join(examples, 'shop-with-mistakes.yaml');

const run = (args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}) =>
  runInProcess(args, { input, env });

const pod = (name: string, annotations = 'downlink.dev/env: metadata.name') =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  annotations: { ${annotations} }\nspec:\n  containers: [{ name: main }]\n`;

let folder: string;
const at = (...names: readonly string[]) => join(folder, ...names);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-manifests-'));
  await mkdir(at('k8s/inner'), { recursive: true });
  await writeFile(at('k8s/a.yaml'), pod('a'));
  await writeFile(at('k8s/b.yml'), `---\n${pod('b')}`);
  await writeFile(at('k8s/notes.txt'), 'no manifest');
  await writeFile(at('k8s/inner/c.json'), JSON.stringify(parse(pod('c'))));
  await mkdir(at('empty'));
  await writeFile(at('broken.yaml'), 'a: [1\nb: 2\n');
  await writeFile(at('utf16.yaml'), Buffer.from(`\ufeff${pod('wide')}`, 'utf16le'));
  await writeFile(at('binary.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xc3, 0x28]));
});
after(() => rm(folder, { recursive: true }));

describe('inject', () => {
  test('prints all files of a folder as one stream, folders within only with -R', async () => {
    const names = async (...args: readonly string[]) =>
      parseAllDocuments((await run(['inject', '-f', at('k8s'), ...args])).stdout).map((document) =>
        document.getIn(['metadata', 'name']),
      );
    assert.deepEqual(await names(), ['a', 'b']);
    assert.deepEqual(await names('-R'), ['a', 'b', 'c']);
  });

  test('prints other objects unchanged, also from standard input', async () => {
    const text = '# a comment\r\nkind: Service\r\napiVersion: v1   # odd\r\n\r\n';
    assert.deepEqual(await run(['inject', '-f', '-'], text), { code: 0, stdout: text, stderr: '' });
    assert.deepEqual(await run(['inject', '-f', '-'], ''), { code: 0, stdout: '', stderr: '' });
  });

  test('prints one object as JSON, and several as a List', async () => {
    const one = JSON.parse((await run(['inject', '-f', at('k8s/a.yaml'), '-o', 'json'])).stdout);
    assert.equal(one.kind, 'Pod');
    assert.equal(one.spec.containers[0].env[0].name, 'POD_NAME');
    const several = JSON.parse((await run(['inject', '-f', at('k8s'), '-R', '-o', 'json'])).stdout);
    assert.equal(several.kind, 'List');
    assert.equal(several.items.length, 3);
  });

  test('prints JSON as YAML with -o yaml', async () => {
    const { stdout } = await run(['inject', '-f', at('k8s/inner/c.json'), '-o', 'yaml']);
    assert.match(stdout, /^ {4}- name: main$/m);
  });

  test('keeps YAML byte for byte with -o yaml', async () => {
    const text = `# first\n${pod('a', '')}---\n${pod('b', '')}`;
    assert.equal((await run(['inject', '-f', '-', '-o', 'yaml'], text)).stdout, text);
    const mixed = `{"kind": "Service"}\n---\n{"kind": "Secret"}\n`;
    assert.equal((await run(['inject', '-f', '-', '-o', 'yaml'], mixed)).stdout, 'kind: Service\n---\nkind: Secret\n');
  });

  test('does not follow a link to a folder, which may lead back', async () => {
    await mkdir(at('linked'));
    await writeFile(at('linked/a.yaml'), pod('a'));
    await symlink('.', at('linked/again'));
    const { code, stdout } = await run(['inject', '-f', at('linked'), '-R']);
    assert.equal(code, 0);
    assert.equal(parseAllDocuments(stdout).length, 1);
  });

  test('prints all files but those with a mistake, and ends with 1', async () => {
    const { code, stdout, stderr } = await run(['inject', '-f', withMistakes, at('k8s/a.yaml')]);
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
    const { code, stdout, stderr } = await run(['inject', '-f', withMistakes, '--on-invalid', 'warn']);
    assert.equal(code, 0);
    assert.equal(stdout, await readFile(withMistakes, 'utf8'));
    assert.match(stderr, /warning: .*did you mean "POD=metadata\.name"\?/);
  });

  test('takes the settings of the server from flags, from the environment and from a file', async () => {
    const ambassador = 'downlink.dev/ambassador: "true"';
    const image = async (args: readonly string[], environment = {}) => {
      const { stdout } = await run(['inject', '-f', '-', ...args], pod('x', ambassador), environment);
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
    const { code, stderr } = await run(['inject', '-f', '-', '--config', at('version.yaml')], pod('x', annotations));
    assert.equal(code, 0, stderr);
  });

  test('uses the namespace of -n if the manifest has none, and reports a missing one', async () => {
    const annotations = 'downlink.dev/ambassador: "true", downlink.dev/ambassador-access: own-namespace';
    const args = async (...more: readonly string[]) => run(['inject', '-f', '-', ...more], pod('x', annotations));
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
    const diff = await new Promise<string>((resolve) => {
      const args = [main, 'inject', '-f', 'all.yaml', '--diff'];
      execFile(process.execPath, args, { cwd: repository }, (_error, stdout) => resolve(stdout));
    });
    await writeFile(at('change.patch'), diff);
    await git('apply', at('change.patch'));
    const injected = (await run(['inject', '-f', '-'], before)).stdout;
    assert.equal(await readFile(join(repository, 'all.yaml'), 'utf8'), injected);
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

describe('an input that cannot be read is reported, the rest is processed, and the exit code is 2:', () => {
  for (const [name, file, words] of [
    ['a path that does not exist', 'nowhere.yaml', /nowhere\.yaml: error: no such file or folder/],
    [
      'broken YAML',
      'broken.yaml',
      /broken\.yaml:2:1: error: Flow sequence in block collection must be sufficiently indented/,
    ],
    ['UTF-16', 'utf16.yaml', /utf16\.yaml: error: it is UTF-16; kubectl and this program require UTF-8/],
    ['bytes that are not text', 'binary.yaml', /binary\.yaml: error: it is not UTF-8 text/],
    ['a folder without manifests', 'empty', /empty: error: there is no \.yaml, \.yml or \.json file in it/],
  ] as const) {
    for (const command of ['inject', 'uninject', 'explain', 'lint']) {
      test(`${name}, by ${command}`, async () => {
        const { code, stdout, stderr } = await run([command, '-f', at(file), at('k8s/a.yaml')]);
        assert.equal(code, 2);
        assert.match(stderr + stdout, words);
        if (command !== 'lint') assert.match(stdout, /a/);
      });
    }
  }

  test('a file that does not exist has no line in machine-readable output', async () => {
    const [json] = JSON.parse((await run(['lint', '-f', at('nowhere.yaml'), '-o', 'json'])).stdout);
    assert.deepEqual([json.message, json.line, json.column], ['no such file or folder', undefined, undefined]);
    const github = (await run(['lint', '-f', at('nowhere.yaml'), '-o', 'github'])).stdout;
    assert.match(github, /^::error file=\S+nowhere\.yaml,title=/);
    assert.doesNotMatch(github, /line=|col=/);
    const sarif = JSON.parse((await run(['lint', '-f', at('nowhere.yaml'), '-o', 'sarif'])).stdout);
    const [{ physicalLocation }] = sarif.runs[0].results[0].locations;
    assert.deepEqual(Object.keys(physicalLocation), ['artifactLocation']);
  });

  test('a file without permission', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    await writeFile(at('secret.yaml'), '');
    await chmod(at('secret.yaml'), 0);
    assert.match((await run(['lint', '-f', at('secret.yaml')])).stdout, /permission denied/);
  });

  test('symbolic links in a circle', async () => {
    await symlink(at('circle.yaml'), at('circle.yaml'));
    assert.match((await run(['lint', '-f', at('circle.yaml')])).stdout, /its symbolic links form a loop/);
  });
});

test('explain --on-invalid warn shows that a pod with mistakes is skipped', async () => {
  const { code, stdout } = await run(['explain', '-f', withMistakes, '--on-invalid', 'warn']);
  assert.equal(code, 0);
  assert.match(stdout, /Deployment\/shop.* is skipped: invalid-let-through/);
  assert.match(stdout, /warning: .*did you mean "POD=metadata\.name"\?/);
  assert.doesNotMatch(stdout, /error/);
});

describe('lint', () => {
  test('ends with 2 for a document that cannot be read after very many mistakes, and counts at least them', async () => {
    const mistakes = new Array<string>(1100).fill(pod('a', 'downlink.dev/evn: pod'));
    const { code, stderr } = await run(['lint', '-f', '-'], [...mistakes, 'a: [\n'].join('---\n'));
    assert.equal(code, 2);
    assert.equal(stderr, '1 file: more than 1001 errors, 0 warnings, 0 hints\n');
  });

  test('ends with 0 if there are only warnings', async () => {
    const { code, stdout } = await run(['lint', '-f', '-'], pod('x', 'downlink.dev/volume-path: /x'));
    assert.equal(code, 0);
    assert.match(stdout, /stdin:5:18: warning: Pod\/x: .*it has no effect without downlink\.dev\/volume/);
  });

  test('prints JSON', async () => {
    const { code, stdout } = await run(['lint', '-f', withMistakes, '-o', 'json']);
    assert.equal(code, 1);
    const [misplaced, wrong] = JSON.parse(stdout);
    assert.deepEqual([misplaced.code, misplaced.line, misplaced.column], ['misplaced', 7, 5]);
    assert.deepEqual([wrong.code, wrong.severity, wrong.object], ['Invalid', 'error', 'Deployment/shop']);
  });

  test('prints workflow commands of GitHub, escaped', async () => {
    const file = at('odd, name%.yaml');
    await writeFile(file, pod('x', 'downlink.dev/env: 100%'));
    const { stdout } = await run(['lint', '-f', file, '-o', 'github']);
    assert.match(
      stdout,
      /^::error file=.*odd%2C name%25\.yaml,line=5,col=36,title=downlink%3A Pod\/x::metadata\..*"100%25"/,
    );
  });

  test('prints SARIF 2.1.0 with a rule for each code', async () => {
    const { stdout } = await run(['lint', '-f', withMistakes, '-o', 'sarif']);
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
    const user = `apiVersion: v1\nkind: Pod\nmetadata: { name: x, namespace: web, annotations: { downlink.dev/ambassador: "true" } }\nspec: { serviceAccountName: reader, containers: [{ name: main }] }\n`;
    const binding = `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: b, namespace: web }\nsubjects: [{ kind: ServiceAccount, name: reader, namespace: web }]\n`;
    await mkdir(at('rights'));
    await writeFile(at('rights/account.yaml'), account);
    await writeFile(at('rights/pod.yaml'), user);
    const without = await run(['lint', '-f', at('rights')]);
    assert.match(
      without.stdout,
      /pod\.yaml:4:9: hint: Pod\/x: spec\.serviceAccountName: .*bind no Role or ClusterRole to it/,
    );
    assert.equal(without.code, 0);
    await writeFile(at('rights/binding.yaml'), binding);
    assert.doesNotMatch((await run(['lint', '-f', at('rights')])).stdout, /hint/);
  });
});

describe('explain', () => {
  test('cuts a long value in the table, but not in JSON', async () => {
    const long = `{"a":"${'x'.repeat(300)}"}`;
    const manifest = pod('x', `downlink.dev/env: "V=metadata.annotations['long']", long: '${long}'`);
    const { stdout } = await run(['explain', '-f', '-'], manifest);
    assert.match(stdout, /main {7}V {9}\{"a":"x+\.\.\. /);
    for (const line of stdout.split('\n')) assert.ok(line.length < 200, line);
    const json = await run(['explain', '-f', '-', '-o', 'json'], manifest);
    assert.equal(JSON.parse(json.stdout)[0].variables[0].value, long);
  });

  const stripped = join(import.meta.dirname, '../manifest/golden/an-ambassador-without-its-restart-policy.yaml');
  for (const [version, sidecar] of [
    ['1.33', 'native sidecar: starts before the application'],
    ['1.28', 'init container without restartPolicy "Always": the pod stays in Init'],
  ] as const) {
    test(`shows an ambassador without restartPolicy on Kubernetes ${version} as ${sidecar.slice(0, 14)}`, async () => {
      const { stdout } = await run(['explain', '-f', stripped, '--kubernetes-version', version]);
      assert.match(stdout, new RegExp(`^ {2}sidecar +${sidecar}$`, 'm'));
    });
  }

  test('prints JSON', async () => {
    const { code, stdout } = await run(['explain', '-f', shop, '--kubernetes-version', '1.33', '-o', 'json']);
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
    const refused = await run(['explain', '-f', withMistakes]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^Deployment\/shop in namespace web is denied: invalid/);
    const optedOut = await run(['explain', '-f', '-'], pod('x', 'downlink.dev/env: pod, downlink.dev/inject: "false"'));
    assert.match(optedOut.stdout, /^Pod\/x is skipped: opted-out/);
    assert.equal((await run(['explain', '-f', '-'], pod('x', ''))).stderr, 'no pod requests anything\n');
  });

  test('shows an injected pod whose annotations would now be denied as what it is', async () => {
    const uid = '11111111-2222-3333-4444-555555555555';
    const { stdout: injected } = await run(['inject', '-f', '-'], pod('a'));
    const existing = injected
      .replace('  name: a\n', `  name: a\n  uid: ${uid}\n`)
      .replace('metadata.name', 'metadata.nam');
    const { code, stdout } = await run(['explain', '-f', '-'], existing);
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
    assert.match((await run(['explain', '-f', '-'], old)).stdout, /main +OLD +spec\.nodeName +no/);
  });
});

test('each command ends with its exit code as a process, too', async () => {
  const cases = [
    ['inject', pod('a'), 0],
    ['uninject', pod('a', `downlink.dev/status: '{'`), 1],
    ['explain', pod('a', 'downlink.dev/evn: pod'), 1],
    ['lint', 'a: [', 2],
  ] as const;
  const results = await Promise.all(cases.map(([command, input]) => spawnProgram([command, '-f', '-'], { input })));
  for (const [index, [command, input, code]] of cases.entries())
    assert.deepEqual(results[index], { ...(await run([command, '-f', '-'], input)), code }, command);
});

describe('wrong use', () => {
  for (const [name, args, words] of [
    ['no file', ['lint'], /required option '-f, --filename <path\.\.\.>' not specified/],
    ['an unknown format', ['inject', '-f', shop, '-o', 'toml'], /Allowed choices are yaml, json/],
    [
      'a wrong version',
      ['lint', '-f', shop, '--kubernetes-version', 'new'],
      /--kubernetes-version: Invalid value: "new": must be a Kubernetes version, for example 1\.33/,
    ],
    ['a missing configuration', ['lint', '-f', shop, '--config', '/no.yaml'], /--config: cannot read \/no\.yaml/],
  ] as const) {
    test(`${name} ends with one sentence`, async () => {
      const { code, stderr } = await run(args);
      assert.notEqual(code, 0);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, / at .*\.ts:\d+/);
    });
  }

  for (const command of ['inject', 'uninject', 'explain', 'lint', 'scan', 'serve', 'certs', 'completion']) {
    test(`${command} --help has an example`, async () => {
      const { stdout } = await run([command, '--help']);
      assert.match(stdout, new RegExp(`\\$ .*downlink ${command}`));
    });
  }
});
