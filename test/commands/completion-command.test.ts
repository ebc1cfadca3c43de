import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Argument, Command, Option } from 'commander';
import { bashScript } from '../../src/commands/completion/bash-script.ts';
import { completionLevels } from '../../src/commands/completion/command-levels.ts';
import { complete, formatForKubectl } from '../../src/commands/completion/complete.ts';
import { zshScript } from '../../src/commands/completion/zsh-script.ts';
import type { Setting } from '../../src/config/setting.ts';
import { settingKeys, settings } from '../../src/config/settings.ts';
import { isAtLeast, parseKubernetesVersion } from '../../src/kubernetes/kubernetes-version.ts';
import { type FakeApiServer, startApiServer } from '../support/fake-api-server.ts';
import { main, run as runProgram, spawnProgram } from './run-program.ts';

const run = promisify(execFile);
const missing = (program: string) => !isOnPath(program) && `needs ${program}`;

/** Returns an option whose words are completed, but not checked by commander. */
function choicesOf(option: Option, ...words: readonly string[]): Option {
  option.argChoices = [...words];
  return option;
}

/** A program with every kind of flag. */
const program = new Command('downlink')
  .addCommand(
    new Command('lint')
      .addOption(new Option('-o, --output <format>', 'how').choices(['text', 'json']))
      .option('-f, --filename <file...>', 'what')
      .option('-c, --colour <name>', 'which')
      .addOption(choicesOf(new Option('--presets <presets>', 'what may be'), 'read-only', 'no-secrets', 'full'))
      .option('-n, --namespace <name>', 'where')
      .option('--context <name>', 'where from')
      .option('--kubeconfig <file>', 'where that is')
      .option('-q, --quiet', 'no more'),
  )
  .addCommand(new Command('explain').addArgument(new Argument('<file>', 'what')))
  .addCommand(new Command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh'])))
  .addCommand(new Command('secret'), { hidden: true });
const levels = completionLevels(program);

const cases = [
  { words: [''], offers: ['lint', 'explain', 'completion', 'help'] },
  { words: ['li'], offers: ['lint'] },
  { words: ['-'], offers: ['-h', '--help'] },
  {
    words: ['lint', '--'],
    offers: [
      '--output',
      '--filename',
      '--colour',
      '--presets',
      '--namespace',
      '--context',
      '--kubeconfig',
      '--quiet',
      '--help',
    ],
  },
  { words: ['lint', '-o', ''], offers: ['text', 'json'] },
  { words: ['lint', '--output', 'j'], offers: ['json'] },
  { words: ['lint', '--output=j'], offers: ['json'] },
  { words: ['lint', '--output='], offers: ['text', 'json'] },
  { words: ['lint', '-q', '-o', 't'], offers: ['text'] },
  { words: ['lint', '-c', ''], offers: [] },
  { words: ['lint', '--presets', ''], offers: ['read-only', 'no-secrets', 'full'] },
  { words: ['lint', '--presets', 'n'], offers: ['no-secrets'] },
  { words: ['lint', '--presets', 'read-only,n'], offers: ['read-only,no-secrets'] },
  {
    words: ['lint', '--presets=read-only,'],
    offers: ['read-only', 'no-secrets', 'full'].map((one) => `read-only,${one}`),
  },
  { words: ['lint', '--kubeconfig', 'my'], offers: [], files: ['my pod.yaml', 'my-own'] },
  { words: ['lint', '-q', ''], offers: [] },
  { words: ['lint', '-f', 'my'], offers: [], files: ['my pod.yaml', 'my-own'] },
  { words: ['explain', 'my'], offers: [], files: ['my pod.yaml', 'my-own'] },
  { words: ['completion', ''], offers: ['bash', 'zsh'] },
  { words: ['help', 'l'], offers: ['lint'] },
  { words: ['nonsense', ''], offers: ['lint', 'explain', 'completion', 'help'] },
];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downlink-test-'));
  for (const file of ['my pod.yaml', 'my-own', 'yours']) await writeFile(join(folder, file), '');
  await writeFile(join(folder, 'completion.bash'), bashScript(levels));
  await writeFile(join(folder, 'completion.zsh'), zshScript(levels));
  const bin = join(folder, 'bin');
  await run('mkdir', [bin]);
  await chmod(main, 0o755); // as npm does for the files under `bin` in package.json
  for (const name of ['downlink', 'kubectl-downlink', 'kubectl_complete-downlink'])
    await symlink(main, join(bin, name));
});
after(() => rm(folder, { recursive: true }));

for (const { words, offers, files = [] } of cases) {
  const typed = `downlink ${words.join(' ')}|`;
  test(`${typed} for kubectl`, () => {
    assert.deepEqual(complete(levels, words), { words: offers, files: files.length > 0 });
  });

  test(`${typed} in bash`, { skip: missing('bash') }, async () => {
    const typedWords = ['downlink', ...words].flatMap((word) =>
      /^--.+=/.test(word) ? word.split(/(=)/).filter((one) => one !== '') : [word],
    );
    const array = typedWords.map((word) => `'${word}'`).join(' ');
    const script = `source ./completion.bash; COMP_WORDS=(${array}); COMP_CWORD=${typedWords.length - 1}; _downlink; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run('bash', ['--norc', '-c', script], { cwd: folder });
    const offered = stdout.split('\n').filter((word) => word !== '');
    assert.equal(stderr, '');
    assert.deepEqual(offered.toSorted(), [...offers, ...files].toSorted());
  });
}

describe('names from the kubeconfig and its cluster are completed:', () => {
  const namespaces = ['default', 'shop', 'shop-test'];
  let server: FakeApiServer;
  let config: string;
  before(async () => {
    server = await startApiServer((path) => {
      if (!path.startsWith('/api/v1/namespaces?')) return undefined;
      return { code: 200, body: { metadata: {}, items: namespaces.map((name) => ({ metadata: { name } })) } };
    });
    config = join(folder, 'kubeconfig');
    const context = (name: string, cluster: string) => ({ name, context: { cluster, user: 'me' } });
    const content = {
      clusters: [
        { name: 'here', cluster: { server: server.url } },
        { name: 'nowhere', cluster: { server: 'http://127.0.0.1:1' } },
      ],
      users: [{ name: 'me', user: {} }],
      contexts: [context('prod', 'nowhere'), context('test', 'here')],
      'current-context': 'test',
    };
    await writeFile(config, JSON.stringify(content));
  });
  after(() => server.close());

  for (const [words, offered] of [
    [['lint', '-n', ''], namespaces],
    [
      ['lint', '-n', 'sh'],
      ['shop', 'shop-test'],
    ],
    [
      ['explain', '--namespace=sh'],
      ['shop', 'shop-test'],
    ],
    [
      ['explain', '--namespace', '=', 'sh'],
      ['shop', 'shop-test'],
    ],
    [
      ['scan', '--context', ''],
      ['prod', 'test'],
    ],
    [['scan', '--context', 'pr'], ['prod']],
    [['scan', '--context', 'test', '-n', 'd'], ['default']],
    [['scan', '--context=prod', '-n', 'd'], []],
  ] as const) {
    test(`downlink ${words.join(' ')}|`, async () => {
      const env = { HOME: folder, KUBECONFIG: config };
      const { stdout, stderr } = await runProgram(['__complete', '--', ...words], { env });
      assert.equal(stderr, '');
      assert.deepEqual(stdout.split('\n').slice(0, -2), offered);
    });
  }

  test('from the kubeconfig of the flag; without one there are none, and no error', async () => {
    const complete = (...words: readonly string[]) =>
      runProgram(['__complete', '--', 'lint', ...words, '-n', ''], { env: { HOME: folder } });
    assert.equal((await complete('--kubeconfig', config)).stdout, `${namespaces.join('\n')}\n:4\n`);
    assert.deepEqual(await complete(), { code: 0, stdout: ':4\n', stderr: '' });
  });

  test('in bash', { skip: missing('bash') }, async () => {
    const script = `PATH=${join(folder, 'bin')}:$PATH; source <(downlink completion bash); COMP_WORDS=(downlink lint -n sh); COMP_CWORD=3; _downlink; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HOME: folder, KUBECONFIG: config };
    const { stdout } = await run('bash', ['--norc', '-c', script], { env });
    assert.equal(stdout, 'shop\nshop-test\n');
  });
});

describe('the values of flags are completed:', () => {
  for (const [words, offered] of [
    [
      ['serve', '--certificate-mode', ''],
      ['self-signed', 'files', 'temporary'],
    ],
    [
      ['serve', '--on-invalid', ''],
      ['deny', 'warn'],
    ],
    [['serve', '--log-level', 'd'], ['debug']],
    [
      ['serve', '--ambassador-access', ''],
      ['read-only', 'own-namespace', 'no-secrets', 'full'],
    ],
    [['inject', '--ambassador-access', 'read-only,o'], ['read-only,own-namespace']],
    [
      ['inject', '--ambassador-sidecar', ''],
      ['auto', 'native', 'container'],
    ],
    [['explain', '--on-invalid=w'], ['warn']],
    [
      ['inject', '-o', ''],
      ['yaml', 'json'],
    ],
    [
      ['lint', '-o', ''],
      ['text', 'json', 'github', 'sarif'],
    ],
    [
      ['explain', '-o', ''],
      ['text', 'json'],
    ],
    [
      ['scan', '-o', ''],
      ['text', 'json'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
  ] as const) {
    test(`downlink ${words.join(' ')}|`, async () => {
      const { stdout } = await runProgram(['__complete', '--', ...words]);
      assert.deepEqual(stdout.split('\n').slice(0, -2), offered);
    });
  }

  test('every setting that takes one of some words has them', () => {
    for (const key of settingKeys) {
      const setting: Setting<unknown> = settings[key];
      const parsed = setting.parse('no such word');
      const detail = parsed.kind === 'invalid' ? parsed.error.detail : '';
      const named = /^supported values: (.*?)(?:;|$)/.exec(detail)?.[1]?.split(', ');
      assert.deepEqual(
        setting.words?.map((word) => `"${word}"`),
        named,
        key,
      );
    }
  });
});

test('the zsh script has no syntax error and registers a completion', { skip: missing('zsh') }, async () => {
  const script = join(folder, 'completion.zsh');
  await run('zsh', ['-n', script]);
  const load = `autoload -U compinit; compinit -u -D; source ${script}; print -- $_comps[downlink]`;
  assert.equal((await run('zsh', ['-f', '-c', load])).stdout, '_downlink\n');
});

test('zsh completes words, the last item of a list, and names from the cluster', {
  skip: missing('zsh'),
}, async () => {
  const script = `
    source ${join(folder, 'completion.zsh')} 2>/dev/null
    compadd() { print -r -- "$*" }
    compset() { print -r -- "compset $*" }
    downlink() { print -r -- "called \${(j:|:)@}"; print ':4' }
    try() { words=(downlink "$@"); CURRENT=$#words; PREFIX=\${words[-1]}; _downlink }
    try lint -o ''
    try lint --presets read-only,n
    try lint --context prod -n ''`;
  const { stdout } = await run('zsh', ['-f', '-c', `compdef() { :; }; ${script}`]);
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    '-- text json',
    'compset -P *,',
    '-- read-only no-secrets full',
    '-- called __complete|--|lint|--context|prod|-n|',
  ]);
});

test('every command and flag of the program is completed', async () => {
  const script = (await runProgram(['completion', 'bash'])).stdout;
  const help = (await runProgram(['--help'])).stdout;
  const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'help');
  assert.ok(commands.includes('scan'), help);
  for (const command of commands) {
    const own = (await runProgram(['help', command])).stdout;
    const line = script.split('\n').find((one) => one.startsWith(`    ' ${command}') if`)) ?? '';
    for (const [flag] of own.matchAll(/^ {2}(-\w, )?--[a-z-]+/gm))
      for (const name of flag.trim().split(', '))
        assert.match(line, new RegExp(`[ ']${name}[ ']`), `${command} ${name}`);
  }
});

test('__complete and completion print the same as processes', async () => {
  for (const args of [
    ['__complete', '--', 'lint', '-o', ''],
    ['completion', 'bash'],
  ])
    assert.deepEqual(await spawnProgram(args), await runProgram(args), args[0]);
});

test('the format for kubectl says whether to offer files', () => {
  assert.equal(formatForKubectl({ words: ['text', 'json'], files: false }), 'text\njson\n:4\n');
  assert.equal(formatForKubectl({ words: [], files: true }), ':0\n');
});

const asPlugin = { skip: missing('kubectl') };

test('kubectl downlink runs the program under that name', asPlugin, async () => {
  const { stdout } = await kubectl('downlink', '--help');
  assert.match(stdout, /^Usage: kubectl downlink \[options\] \[command\]$/m);
  const scan = (await kubectl('downlink', 'scan', '--help')).stdout;
  assert.match(scan, /^Usage: kubectl downlink scan \[options\]$/m);
  assert.match(scan, /^ {2}\$ kubectl downlink scan -n shop$/m);
});

test('kubectl completes the plugin', {
  skip: missing('kubectl') || (!completesPlugins() && 'needs kubectl 1.26'),
}, async () => {
  const { stdout } = await kubectl('__complete', 'downlink', 'scan', '-o', '');
  assert.equal(stdout, 'text\njson\n:4\n');
});

async function kubectl(...args: readonly string[]) {
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  return run('kubectl', args, { env: { ...process.env, PATH: path, KUBECONFIG: '/dev/null' } });
}

/** Returns whether kubectl on PATH completes plugins, as 1.26 and later do. */
function completesPlugins(): boolean {
  const { clientVersion } = JSON.parse(
    execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' }),
  );
  const version = parseKubernetesVersion(clientVersion.gitVersion);
  assert.ok(version, `kubectl calls its version ${clientVersion.gitVersion}`);
  return isAtLeast(version, 1, 26);
}

function isOnPath(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
}
