import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';

// The workflows run elsewhere; what they name must be here, and what they may do must be little.

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: object; readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }
    >
  >;
}

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const { scripts, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const ownCommands = ['ci', 'audit', 'pack', 'pkg', 'publish']; // npm's
const workflows = await Promise.all(
  (await readdir(folder)).map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8');
    return { name, text, workflow: parse(text) as Workflow };
  }),
);

for (const { name, text, workflow } of workflows) {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  describe(name, () => {
    test('runs scripts that package.json has', () => {
      const commands = steps.map(({ run = '' }) => run).join('\n');
      const called = [...commands.matchAll(/npm (?:run (?:-s )?)?([a-z:0-9]+)/g)].map(([, script = '']) => script);
      assert.deepEqual(
        called.filter((script) => !(script in scripts) && !ownCommands.includes(script)),
        [],
      );
      assert.ok(called.length > 0);
    });

    test('names files that are there', () => {
      const named = [...text.matchAll(/(?<=[\s'"[,(])(?:\.\/)?(?:deploy|test|\.github)\/[\w./-]+/g)].map(
        ([path]) => path,
      );
      assert.deepEqual(
        named.filter((path) => !existsSync(join(root, path.replace(/\/\*\*.*$/, '')))),
        [],
      );
    });

    test('takes actions by their commit, and says which release that is', () => {
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      for (const [line] of text.matchAll(/uses: .*/g)) assert.match(line, / # v\d+\.\d+\.\d+$/);
    });

    test('may read the repository and no more, unless a job says what for; leaves no token behind; ends', () => {
      assert.deepEqual(workflow.permissions, { contents: 'read' });
      for (const line of text.split('\n').filter((one) => one.endsWith(': write'))) assert.fail(`${line} says not why`);
      for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
        assert.equal(step.with?.['persist-credentials'], false);
      }
      for (const job of Object.values(workflow.jobs)) assert.ok(job['timeout-minutes']);
    });

    test('puts nothing that a stranger can write into a script', () => {
      for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{(?! steps\.(image|chart)\.outputs\.)/);
    });
  });
}

test('one action is of one commit everywhere', () => {
  const uses = workflows.flatMap(({ text }) =>
    [...text.matchAll(/uses: (\S+)@(\S+)/g)].map(([, action, commit]) => `${action} ${commit}`),
  );
  const actions = [...new Set(uses)].map((one) => one.split(' ')[0]);
  assert.deepEqual(actions, [...new Set(actions)]);
});

test('the chart has the version of package.json, as a release needs it', async () => {
  const chart = parse(await readFile(join(root, 'deploy/chart/Chart.yaml'), 'utf8'));
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});
