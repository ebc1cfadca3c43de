import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { shop } from '../commands/manifest-folder.ts';
import { run, spawnProgram } from '../commands/run-program.ts';
import type { Manifest } from '../support/manifests.ts';

// The examples of docs/ci.md, tried with the files that they are about.

const root = join(import.meta.dirname, '../..');
const page = await readFile(join(root, 'docs/ci.md'), 'utf8');
const read = async (name: string) => parse(await readFile(join(root, name), 'utf8'));
const examples: readonly Manifest[] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text));
const example = (matches: (one: Manifest) => boolean): Manifest => {
  const found = examples.filter(matches);
  assert.equal(found.length, 1);
  return found[0];
};

describe('docs/ci.md', () => {
  test('has the inputs of the action, with their defaults', async () => {
    const { inputs } = await read('action.yml');
    const rows = [...page.matchAll(/^\| `(\w+)` \| .* \| (.+) \|$/gm)].map(([, name = '', fallback = '']) => [
      name,
      fallback,
    ]);
    const expected = Object.entries<Manifest>(inputs).map(([name, input]) => [
      name,
      input.default ? `\`${input.default}\`` : 'none',
    ]);
    assert.deepEqual(rows, expected);
  });

  test('shows the action with inputs and outputs that exist', async () => {
    const { inputs, outputs } = await read('action.yml');
    const [step, upload] = example(Array.isArray);
    for (const name of Object.keys(step.with)) assert.ok(name in inputs, name);
    assert.match(upload.with.sarif_file, /^\$\{\{ steps\.downlink\.outputs\.sarif \}\}$/);
    assert.ok('sarif' in outputs);
    const flags = step.with.args.split(/\s+/);
    assert.equal((await run(['lint', '-R', ...flags, '-f', shop])).code, 0);
  });

  test('shows a pre-commit hook that exists, with arguments that lint accepts', async () => {
    const hooks = await read('.pre-commit-hooks.yaml');
    const [{ hooks: shown }] = example((one) => one.repos !== undefined).repos;
    const folder = await mkdtemp(join(tmpdir(), 'downlink-ci-'));
    try {
      await mkdir(join(folder, 'k8s'));
      await writeFile(join(folder, 'k8s/shop.yaml'), await readFile(shop));
      for (const { id, args } of shown) {
        assert.ok(hooks.some((hook: Manifest) => hook.id === id));
        const { code, stderr } = await spawnProgram(['lint', ...args], { cwd: folder });
        assert.deepEqual([code, stderr], [0, '1 file: 0 errors, 0 warnings, 0 hints\n']);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('shows a functionConfig that inject accepts, and its command', async () => {
    const functionConfig = example((one) => one.kind === 'Injection');
    const { exec } = parse(functionConfig.metadata.annotations['config.kubernetes.io/function']);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', annotations: { 'downlink.dev/profile': 'web' } },
      spec: { containers: [{ name: 'main' }] },
    };
    const list = { apiVersion: 'config.kubernetes.io/v1', kind: 'ResourceList', functionConfig, items: [pod] };
    const { code, stdout, stderr } = await run(exec.args, { input: stringify(list) });
    assert.deepEqual([exec.path, code, stderr], ['downlink', 0, '']);
    assert.match(stdout, /OTEL_SERVICE_NAME/);
    const plugin = await read('deploy/helm-plugin/plugin.yaml');
    const [{ command, args }] = plugin.runtimeConfig.platformCommand;
    assert.deepEqual([command, args], [exec.path, exec.args]);
  });

  test('names the program of the image as the Dockerfile does', async () => {
    const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8')) ?? [];
    const program = JSON.parse(entrypoint);
    assert.match(page, new RegExp(`--entrypoint ${program[0]} IMAGE ${program.at(-1)} lint`));
  });
});
