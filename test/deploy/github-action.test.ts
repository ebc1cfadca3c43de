import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { bareEnvironment } from '../support/bare-environment.ts';
import type { Manifest } from '../support/manifests.ts';

// Runs the last step of action.yml as GitHub does: with its script in bash, and the inputs as its environment.

const root = join(import.meta.dirname, '../..');
const action = parse(await readFile(join(root, 'action.yml'), 'utf8'));
const [setup, install, lint] = action.runs.steps;
const pod = (env: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: { downlink.dev/env: ${env} }\nspec: { containers: [{ name: main }] }\n`;

let workspace: string;
before(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'downlink action-'));
  await mkdir(join(workspace, 'k8s/inner'), { recursive: true });
  await writeFile(join(workspace, 'k8s/inner/wrong.yaml'), pod('ppod'));
  await writeFile(join(workspace, 'right one.yaml'), pod('pod'));
});
after(() => rm(workspace, { recursive: true }));

interface ActionRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly output: string;
}

/** Runs the step with these inputs, and the defaults of the others. */
async function runStep(inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
  const output = join(workspace, 'output');
  await writeFile(output, '');
  const env: Record<string, string> = {
    ...bareEnvironment,
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    GITHUB_ACTION_PATH: root,
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: output,
  };
  for (const [name, value] of Object.entries<string>(lint.env)) {
    const [, input = ''] = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(value) ?? [];
    env[name] = inputs[input] ?? action.inputs[input].default;
  }
  const script = join(workspace, 'step.sh');
  await writeFile(script, lint.run);
  const { code, stdout, stderr } = await new Promise<Omit<ActionRun, 'output'>>((resolve) => {
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', script];
    execFile('bash', args, { cwd: workspace, env }, (error, out, errors) =>
      resolve({ code: Number(error?.code ?? 0), stdout: out, stderr: errors }),
    );
  });
  return { code, stdout, stderr, output: await readFile(output, 'utf8') };
}

describe('action.yml', () => {
  test('runs the code of its own commit with the locked dependencies, without their scripts', () => {
    assert.equal(action.runs.using, 'composite');
    assert.equal(setup.with['node-version'], Number(process.versions.node.split('.')[0]));
    assert.match(install.run, /^npm ci --omit=dev --ignore-scripts .*--prefix "\$GITHUB_ACTION_PATH"$/);
    for (const { run } of [install, lint]) assert.doesNotMatch(run, /\$\{\{/);
  });

  test('describes its inputs and outputs, and uses each of them', () => {
    for (const { description } of [
      ...Object.values<Manifest>(action.inputs),
      ...Object.values<Manifest>(action.outputs),
    ])
      assert.match(description, /^[A-Z].*[^.]$/);
    const used = Object.values<string>(lint.env).map((value) => /inputs\.(\w+)/.exec(value)?.[1]);
    assert.deepEqual(used.toSorted(), Object.keys(action.inputs).toSorted());
  });

  test('checks the whole repository by default, with paths and lines of the pull request', async () => {
    const { code, stdout, output } = await runStep({});
    assert.match(
      stdout,
      /^::error file=k8s\/inner\/wrong\.yaml,line=5,col=36,title=downlink%3A Pod\/web::.*"ppod".*\n$/,
    );
    assert.equal(code, 1);
    assert.equal(output, '');
  });

  test('writes a SARIF report, and keeps the exit code', async () => {
    const { code, output } = await runStep({ files: 'k8s', sarif: 'reports/downlink.sarif' });
    assert.equal(code, 1);
    assert.equal(output, 'sarif=reports/downlink.sarif\n');
    const [{ results }] = JSON.parse(await readFile(join(workspace, 'reports/downlink.sarif'), 'utf8')).runs;
    const [{ physicalLocation }] = results[0].locations;
    assert.equal(physicalLocation.artifactLocation.uri, 'k8s/inner/wrong.yaml');
    assert.deepEqual(physicalLocation.region, { startLine: 5, startColumn: 36 });
  });

  test('accepts files with spaces, one per line, and flags on several lines', async () => {
    const inputs = { files: '\n  right one.yaml \n  k8s\n', args: '--kubernetes-version 1.33\n--exclude inner' };
    const { code, stdout, stderr } = await runStep(inputs);
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  });

  test('ends with 2 for a wrong flag or a file that does not exist, and writes no empty report', async () => {
    const wrong = await runStep({ args: '--kubernetes-version new', sarif: 'wrong.sarif' });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--kubernetes-version: Invalid value: "new"/);
    assert.equal(wrong.output, '');
    const missing = await runStep({ files: 'nowhere.yaml' });
    assert.match(missing.stdout, /^::error file=nowhere\.yaml,title=.*::no such file or folder\n$/);
    assert.equal(missing.code, 2);
  });

  test('does not execute its inputs', async () => {
    const evil = '$(touch evil); `touch evil` ; touch evil';
    await runStep({ files: `right one.yaml\n${evil}`, args: evil, sarif: '' });
    await assert.rejects(access(join(workspace, 'evil')));
  });
});
