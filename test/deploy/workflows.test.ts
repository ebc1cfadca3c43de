import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';

// The workflows run elsewhere: these tests check that they name existing scripts and files, and have few permissions.

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
      {
        readonly permissions?: object | string;
        readonly needs?: string;
        readonly 'timeout-minutes'?: number;
        readonly steps: readonly Step[];
      }
    >
  >;
}

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const { scripts, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const npmCommands = ['ci', 'audit', 'pack', 'pkg', 'publish'];
const workflows = await Promise.all(
  (await readdir(folder)).map(async (name) => {
    const text = await readFile(join(folder, name), 'utf8');
    return { name, text, workflow: parse(text) as Workflow };
  }),
);

for (const { name, text, workflow } of workflows) {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  describe(name, () => {
    test('runs only scripts of package.json', () => {
      const commands = steps.map(({ run = '' }) => run).join('\n');
      const called = [...commands.matchAll(/npm (?:run (?:-s )?)?([a-z:0-9]+)/g)].map(([, script = '']) => script);
      assert.deepEqual(
        called.filter((script) => !(script in scripts) && !npmCommands.includes(script)),
        [],
      );
      assert.ok(called.length > 0);
    });

    test('names only files that exist', () => {
      const named = [...text.matchAll(/(?<=[\s'"[,(])(?:\.\/)?(?:deploy|test|\.github)\/[\w./-]+/g)].map(
        ([path]) => path,
      );
      assert.deepEqual(
        named.filter((path) => !existsSync(join(root, path.replace(/\/\*\*.*$/, '')))),
        [],
      );
    });

    test('pins actions to a commit, with the release in a comment', () => {
      const others = steps.flatMap(({ uses }) => uses ?? []).filter((uses) => uses !== './');
      for (const uses of others) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      for (const [line] of text.matchAll(/uses: (?!\.\/$).*/gm)) assert.match(line, / # v\d+\.\d+\.\d+$/);
    });

    test('can only read the repository unless a job states a reason, keeps no token, and has a timeout', () => {
      assert.deepEqual(workflow.permissions, { contents: 'read' });
      for (const line of text.split('\n').filter((one) => one.endsWith(': write')))
        assert.fail(`${line} states no reason`);
      for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
        assert.equal(step.with?.['persist-credentials'], false);
      }
      for (const job of Object.values(workflow.jobs)) assert.ok(job['timeout-minutes']);
    });

    test('runs no code of the repository or its dependencies in a job that can sign or write', () => {
      for (const [job, { steps: own }] of Object.entries(workflow.jobs).filter(([, one]) => canWrite(one))) {
        for (const { run = '', uses = '' } of own) {
          assert.doesNotMatch(run, runsCode, `${job} runs code`);
          assert.doesNotMatch(uses, /^(?:\.|docker:)|\/(?:checkout|build-push-action)@/, `${job} uses ${uses}`);
        }
      }
    });

    test('inserts no text that an outsider controls into a script', () => {
      for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{(?! steps\.(image|chart)\.outputs\.)/);
    });
  });
}

/** Tools that run code of the repository, a lock file or a Dockerfile. Publishing a packed package runs none. */
const runsCode =
  /\b(?:npm(?! publish --ignore-scripts )|npx|node|corepack|yarn|pnpm|make)\s|\bdocker (?:buildx )?(?:build|run)\b|(?:^|[\s;&|])\.{1,2}\//m;

function canWrite({ permissions = {} }: Workflow['jobs'][string]): boolean {
  return typeof permissions === 'string' || Object.values(permissions).includes('write'); // a string is `write-all`
}

test('only the jobs that publish can sign, after another job has built the artifacts', () => {
  const signing = workflows.flatMap(({ name, workflow }) =>
    Object.entries(workflow.jobs).flatMap(([job, { permissions = {}, needs }]) =>
      typeof permissions === 'string' || 'id-token' in permissions ? [`${name}: ${job} after ${needs}`] : [],
    ),
  );
  assert.deepEqual(signing, [
    'npm.yml: publish after pack',
    'playground.yml: publish after build',
    'release.yml: publish after build',
  ]);
});

test('every action has the same commit everywhere, also in the action of this repository', async () => {
  const own = await readFile(join(root, 'action.yml'), 'utf8');
  const uses = [...workflows, { text: own }].flatMap(({ text }) =>
    [...text.matchAll(/uses: (\S+)@(\S+)/g)].map(([, action, commit]) => `${action} ${commit}`),
  );
  const actions = [...new Set(uses)].map((one) => one.split(' ')[0]);
  assert.deepEqual(actions, [...new Set(actions)]);
});

test('the chart has the version of package.json, as a release requires', async () => {
  const chart = parse(await readFile(join(root, 'deploy/chart/Chart.yaml'), 'utf8'));
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});
